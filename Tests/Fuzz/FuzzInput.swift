/// What libFuzzer gives, taken apart from its front.
struct FuzzInput {
    private(set) var rest: ArraySlice<UInt8>

    init(_ start: UnsafePointer<UInt8>, _ count: Int) {
        rest = Array(UnsafeBufferPointer(start: start, count: count))[...]
    }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    /// Lengths of pieces in which the rest is presented, a few at first and then over again.
    mutating func pieces() -> [Int] { (0..<4).map { _ in Int(byte()) % 97 + 1 } }

    var bytes: [UInt8] { Array(rest) }
    var text: String { String(decoding: rest, as: UTF8.self) }
}

extension [UInt8] {
    /// Cut at the given lengths, over and over.
    func cut(_ lengths: [Int]) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var index = 0
        while index < count {
            let end = Swift.min(index + lengths[pieces.count % lengths.count], count)
            pieces.append(Array(self[index..<end]))
            index = end
        }
        return pieces
    }
}

/// As `precondition`, which keeps its message to itself in optimised code.
func check(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}
