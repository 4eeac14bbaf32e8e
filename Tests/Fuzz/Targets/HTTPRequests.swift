@testable import HTTP

/// Heads and the framing of bodies. However the bytes are cut, the outcome is the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let lengths = input.pieces()
    let bytes = input.bytes
    let whole = outcome([bytes])
    let cut = outcome(bytes.cut(lengths))
    check(whole == cut, "\(whole) is not \(cut)")
    return 0
}

private enum Outcome: Equatable {
    case request(ParsedRequest, content: [UInt8])
    case refused(ParseError)
    case unfinished
}

/// All requests of a connection, up to the first error.
private func outcome(_ pieces: [[UInt8]]) -> [Outcome] {
    var outcomes: [Outcome] = []
    var parser = RequestParser()
    var body: BodyDecoder?
    var content: [UInt8] = []
    var pending: [UInt8] = []
    do throws(ParseError) {
        for piece in pieces {
            pending += piece
            var hasMoved = true
            while hasMoved {
                hasMoved = false
                var consumed = 0
                if body == nil {
                    if let request = try parser.parse(pending.span, consumed: &consumed) {
                        outcomes.append(.request(request, content: []))
                        body = BodyDecoder(request.framing)
                        content = []
                        hasMoved = true
                    }
                    pending.removeFirst(consumed)
                } else if var decoder = body {
                    let isReady = try decoder.advance(pending.span, consumed: &consumed)
                    pending.removeFirst(consumed)
                    let taken = Int(min(decoder.run, UInt64(pending.count)))
                    content += pending[..<taken]
                    pending.removeFirst(taken)
                    if taken > 0 { decoder.take(taken) }
                    hasMoved = taken > 0 || (isReady && decoder.isAtEnd)
                    body = decoder
                    if decoder.isAtEnd {
                        if case .request(let request, _) = outcomes.removeLast() {
                            outcomes.append(.request(request, content: content))
                        }
                        body = nil
                        hasMoved = true
                    }
                }
                check(outcomes.count < 100_000, "no progress")
            }
        }
        outcomes.append(.unfinished)
    } catch {
        outcomes.append(.refused(error))
    }
    return outcomes
}
