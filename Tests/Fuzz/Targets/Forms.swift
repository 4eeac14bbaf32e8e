import Core

@testable import S3

/// Forms with the boundary `b`, and what their fields say. However the bytes are cut, fields and file are the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let lengths = input.pieces()
    let bytes = input.bytes
    let whole = outcome([bytes])
    let cut = outcome(bytes.cut(lengths))
    check(whole == cut, "\(whole) is not \(cut)")
    if case .form(let fields, _) = whole { use(fields) }
    return 0
}

private enum Outcome: Equatable {
    case form(FormFields, file: [UInt8])
    case refused(S3ErrorCode)
}

private let bucket: BucketName = {
    do throws(S3Error) { return try BucketName("bucket") } catch { fatalError("\(error)") }
}()

private func outcome(_ pieces: [[UInt8]]) -> Outcome {
    var decoder = FormDecoder(PostObjectRequest(bucket: bucket, boundary: [UInt8(ascii: "b")], length: 0))
    var file: [UInt8] = []
    var held: [UInt8] = []
    do throws(S3Error) {
        for piece in pieces {
            var taken = 0
            if !decoder.isAtFile {
                taken = try piece.span.withUnsafeBytes { (bytes) throws(S3Error) in try decoder.readFields(bytes) }
            }
            guard decoder.isAtFile else { continue }
            held += piece[taken...]
            let count = try held.span.withUnsafeBytes { (bytes) throws(S3Error) in
                try decoder.scanFile(bytes, isLast: false)
            }
            file += held[..<count]
            held.removeFirst(count)
            if decoder.isAtEnd { return .form(decoder.fields, file: file) }
            check(held.count < 80, "\(held.count) bytes are held")
        }
        guard decoder.isAtFile else { throw decoder.endedBeforeFile() }
        file +=
            held[
                ..<(try held.span.withUnsafeBytes { (bytes) throws(S3Error) in try decoder.scanFile(bytes, isLast: true)
                })]
        fatalError("a form without an end")
    } catch {
        return .refused(error.code)
    }
}

private func use(_ fields: FormFields) {
    let now = WallTime(milliseconds: 1_369_353_600_000)
    _ = PostObjectUpload.Success(fields)
    _ = try? ParsedRequest(form: fields.expanded())
    if let policy = fields["policy"] { _ = try? PostPolicy(Array(policy.utf8)).check(fields, bucket: bucket, now: now) }
    _ = try? SigV4Verifier().verify(
        form: fields, of: PostObjectRequest(bucket: bucket, boundary: [UInt8(ascii: "b")], length: 100), now: now
    ) { _ in Credential(secretKey: "secret", user: "u") }
}
