public import Core

/// k data fragments and m parity fragments a stripe: any k of the k+m give the data back.
public struct Scheme: Hashable, Sendable, CustomStringConvertible {
    public let dataCount: Int
    public let parityCount: Int

    /// - Precondition: 1 ≤ k, 0 ≤ m, k + m ≤ 32.
    public init(dataCount: Int, parityCount: Int) {
        precondition(dataCount >= 1 && parityCount >= 0 && dataCount + parityCount <= 32, "impossible scheme")
        self.dataCount = dataCount
        self.parityCount = parityCount
    }

    public var fragmentCount: Int { dataCount + parityCount }

    public var description: String { "\(dataCount)+\(parityCount)" }

    /// The scheme for a number of failure units (drives of an embedded store, nodes of a cluster).
    public static func forUnits(_ count: Int) -> Scheme {
        switch count {
        case 12...: Scheme(dataCount: 8, parityCount: 4)
        case 6...: Scheme(dataCount: 4, parityCount: 2)
        case 4...: Scheme(dataCount: 2, parityCount: 2)
        case 3: Scheme(dataCount: 2, parityCount: 1)
        case 2: Scheme(dataCount: 1, parityCount: 1)
        default: Scheme(dataCount: 1, parityCount: 0)
        }
    }

    public func encode(to writer: inout ByteWriter) {
        writer.write(UInt8(dataCount))
        writer.write(UInt8(parityCount))
    }

    public init(from reader: inout ByteReader) throws(CodecError) {
        let dataCount = Int(try reader.read(UInt8.self))
        let parityCount = Int(try reader.read(UInt8.self))
        guard dataCount >= 1, dataCount + parityCount <= 32 else { throw .field("scheme") }
        self.init(dataCount: dataCount, parityCount: parityCount)
    }
}
