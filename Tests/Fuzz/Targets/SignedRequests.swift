import Core

@testable import HTTP
@testable import S3

/// Heads as their sender signs them: authorization, canonical request, routing and every field that an operation reads.
/// What is refused is refused in a document that is well-formed; what is signed here is accepted here.
///
/// The input is a method, a target and fields, one a line.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = FuzzInput(start, count)
    var lines = input.text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    let method = String(lines.popFirst() ?? "GET")
    let target = String(lines.popFirst() ?? "/")
    var head = RequestHead(method: method, target: target)
    for line in lines {
        guard let colon = line.firstIndex(of: ":") else { continue }
        let (name, value) = (line[..<colon], line[line.index(after: colon)...])
        // As the parser of heads gives them (RFC 9110, section 5).
        guard !name.isEmpty, name.utf8.allSatisfy(Characters.isToken),
            value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { continue }
        head.headers.add(String(name), String(value))
    }
    authenticate(head)
    route(head, .unsigned)
    route(head, .unsignedChunksWithTrailer)
    signAndVerify(head)
    return 0
}

private let verifier = SigV4Verifier()
private let parser = S3RequestParser(domains: ["s3.example.com"])
private let access = "AKIAIOSFODNN7EXAMPLE"
private let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
private let time = WallTime(milliseconds: 1_369_353_600_000)

private func authenticate(_ head: RequestHead) {
    do throws(S3Error) {
        _ = try verifier.verify(head, now: time) { $0 == access ? Credential(secretKey: secret, user: "u") : nil }
    } catch {
        wellFormed(error, head)
    }
}

private func route(_ head: RequestHead, _ form: PayloadForm) {
    do throws(S3Error) {
        let operation = try parser.parse(head, form: form)
        check(operation.name.isServed, "\(operation.name) is not served")
    } catch {
        wellFormed(error, head)
    }
}

/// Control characters aside, which XML 1.0 cannot hold: they become references, as AWS writes them.
private func wellFormed(_ error: S3Error, _ head: RequestHead) {
    let response = error.response(resource: parser.resource(head), requestID: "1")
    let isPlain = !response.body.contains(0x26) || !String(decoding: response.body, as: UTF8.self).contains("&#")
    // Noncharacters are refused by libxml2 too.
    guard isPlain, !String(decoding: response.body, as: UTF8.self).unicodeScalars.contains(where: \.isNoncharacter)
    else { return }
    do throws(S3Error) {
        _ = try XMLElement.parse(response.body)
    } catch {
        fatalError("not well-formed: \(String(decoding: response.body, as: UTF8.self))")
    }
}

private func signAndVerify(_ head: RequestHead) {
    guard (try? QueryItems(head.rawQuery)) != nil, head.target.utf8.first == UInt8(ascii: "/"),
        head.target.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
        !head.rawQuery.contains("X-Amz-"), !head.rawQuery.contains("Signature"), !head.rawQuery.contains("%")
    else { return }
    var head = head
    for name in ["authorization", "x-amz-security-token", "x-amz-date", "date"] { head.headers.remove(name) }
    head.headers.set("host", "localhost")
    SigV4Signer(AccessCredentials(accessKey: access, secretKey: secret)).sign(&head, payload: .unsigned, at: time)
    do throws(S3Error) {
        _ = try verifier.verify(head, now: time) { _ in Credential(secretKey: secret, user: "u") }
    } catch {
        fatalError("our own signature is refused: \(error)")
    }
}

extension Unicode.Scalar {
    fileprivate var isNoncharacter: Bool { value & 0xFFFE == 0xFFFE || (0xFDD0...0xFDEF).contains(value) }
}
