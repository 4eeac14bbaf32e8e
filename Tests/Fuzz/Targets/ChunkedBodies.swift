import Core

@testable import S3

/// aws-chunked bodies of all three forms. However the bytes are cut, the outcome is the same, and no more comes out than
/// was announced.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let forms: [PayloadForm] = [
        .unsignedChunksWithTrailer, .signedChunks, .signedChunksWithTrailer, .unsigned,
    ]
    let form = forms[Int(input.byte()) % forms.count]
    let length = UInt64(input.byte()) << 8 | UInt64(input.byte())
    let lengths = input.pieces()
    let payload = PayloadDescription(form: form, length: length, checksum: form.hasTrailer ? .inTrailer(.crc32) : .none)
    let whole = outcome(payload, [input.bytes])
    let cut = outcome(payload, input.bytes.cut(lengths))
    check(whole == cut, "\(whole) is not \(cut)")
    return 0
}

private enum Outcome: Equatable {
    case received([UInt8], PayloadDigests)
    case refused(S3ErrorCode)
}

private func outcome(_ payload: PayloadDescription, _ pieces: [[UInt8]]) -> Outcome {
    let scope = CredentialScope(date: "20130524", region: "us-east-1", service: "s3")
    let signing = ChunkSigning(
        key: SigningKey(secret: "secret", scope: scope), scope: scope, timestamp: "20130524T000000Z",
        seed: String(repeating: "0", count: 64))
    var decoder = PayloadDecoder(payload, signing: payload.form.hasChunkSignatures ? signing : nil)
    var verifier = PayloadVerifier(payload)
    var content: [UInt8] = []
    do throws(S3Error) {
        for piece in pieces {
            var ranges: [Range<Int>] = []
            try piece.span.withUnsafeBytes { (bytes) throws(S3Error) in try decoder.decode(bytes, into: &ranges) }
            for range in ranges {
                content += piece[range]
                piece[range].withUnsafeBytes { verifier.update($0) }
            }
            check(UInt64(content.count) <= payload.length, "more than was announced")
        }
        let trailer = try decoder.finish()
        return .received(content, try verifier.finish(trailer: trailer).get())
    } catch {
        return .refused(error.code)
    }
}
