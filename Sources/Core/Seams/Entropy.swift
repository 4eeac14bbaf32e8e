/// Seam: random numbers from the system, or from a seed in simulation.
public protocol Entropy: Sendable {
    func next() -> UInt64
}

extension Entropy {
    public func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            withUnsafeBytes(of: next()) { bytes.append(contentsOf: $0.prefix(count - bytes.count)) }
        }
        return bytes
    }
}
