public import Core
public import S3

/// The body of an upload from a form: its fields first, then the bytes of its file as a source like any other. Holds
/// 64 KiB. Confined to one task.
public final class FormBody: PayloadSource {
    private let source: any PayloadSource
    private var decoder: FormDecoder
    private let buffer = IOBuffer(capacity: 64 << 10)
    /// Bytes of the file that were not given out yet; behind them, up to `end`, what may be the boundary's beginning.
    private var ready = 0..<0
    private var end = 0

    public init(_ source: any PayloadSource, _ request: PostObjectRequest) {
        self.source = source
        decoder = FormDecoder(request)
    }

    /// The fields before the file. To be called once, first.
    public func readFields() async throws(S3Error) -> FormFields {
        while !decoder.isAtFile {
            let count = try await source.read(into: buffer.all)
            guard count > 0 else { throw decoder.endedBeforeFile() }
            let taken = try buffer.slice(0..<count).withBytes { (bytes) throws(S3Error) in
                try decoder.readFields(bytes)
            }
            ready = taken..<taken
            end = count
        }
        return decoder.fields
    }

    /// Bytes of the file: at least one, or 0 at its end.
    public func read(into slice: IOSlice) async throws(S3Error) -> Int {
        while ready.isEmpty {
            if decoder.isAtEnd { return 0 }
            // What was taken with the last field is scanned before more is read.
            let isFresh = try scan(isLast: false)
            if isFresh { continue }
            moveToFront()
            let count = try await source.read(into: buffer.slice(end..<buffer.capacity))
            end += count
            _ = try scan(isLast: count == 0)
        }
        let count = min(slice.count, ready.count)
        let piece = buffer.slice(ready.lowerBound..<ready.lowerBound + count)
        slice.withMutableBytes { target in
            piece.withBytes { UnsafeMutableRawBufferPointer(rebasing: target[..<count]).copyMemory(from: $0) }
        }
        ready = ready.lowerBound + count..<ready.upperBound
        return count
    }

    /// True if the file went on or ended.
    private func scan(isLast: Bool) throws(S3Error) -> Bool {
        let start = ready.upperBound
        let count = try buffer.slice(start..<end).withBytes { (bytes) throws(S3Error) in
            try decoder.scanFile(bytes, isLast: isLast)
        }
        ready = start..<start + count
        return count > 0 || decoder.isAtEnd
    }

    private func moveToFront() {
        let held = buffer.slice(ready.upperBound..<end).bytes
        buffer.slice(0..<held.count).withMutableBytes { target in
            held.withUnsafeBytes { target.copyMemory(from: $0) }
        }
        ready = 0..<0
        end = held.count
    }
}
