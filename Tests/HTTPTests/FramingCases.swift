import HTTP

extension HeadCase {
    private static func put(_ fields: String, version: String = "1.1") -> String {
        "PUT / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n"
    }

    /// RFC 9112 sections 6, 9 and 11.2: where requests end, which is what smuggling is about.
    static let framing: [HeadCase] = [
        .init("9112-6.3 no framing, no body", put(""), "PUT"),
        .init("9112-6.2 a length", put("Content-Length: 5\r\n"), "PUT", framing: .length(5)),
        .init("9112-6.2 length zero", put("Content-Length: 0\r\n"), "PUT"),
        .init("9110-8.6 leading zeros", put("Content-Length: 0005\r\n"), "PUT", framing: .length(5)),
        .init(
            "9110-8.6 largest length", put("Content-Length: 9223372036854775807\r\n"), "PUT",
            framing: .length(9_223_372_036_854_775_807)),
        .init("9110-8.6 length of 2^63", put("Content-Length: 9223372036854775808\r\n"), .contentLength),
        .init("9110-8.6 length beyond 64 bits", put("Content-Length: 99999999999999999999\r\n"), .contentLength),
        .init("9110-8.6 signed length", put("Content-Length: +5\r\n"), .contentLength),
        .init("9110-8.6 negative length", put("Content-Length: -5\r\n"), .contentLength),
        .init("9110-8.6 hexadecimal length", put("Content-Length: 0x5\r\n"), .contentLength),
        .init("9110-8.6 fraction", put("Content-Length: 5.0\r\n"), .contentLength),
        .init("9110-8.6 empty length", put("Content-Length:\r\n"), .contentLength),
        .init("9110-8.6 digits of another script", put("Content-Length: ٥\r\n"), .contentLength),
        .init("9112-6.3 lengths that differ", put("Content-Length: 5\r\nContent-Length: 6\r\n"), .contentLength),
        .init("9112-6.3 lengths that agree", put("Content-Length: 5\r\nContent-Length: 5\r\n"), .contentLength),
        .init("9112-6.3 a list of lengths", put("Content-Length: 5, 5\r\n"), .contentLength),
        .init("9112-6.3 length with a space in it", put("Content-Length: 5 5\r\n"), .contentLength),
        .init("9112-6.1 chunked", put("Transfer-Encoding: chunked\r\n"), "PUT", framing: .chunked),
        .init("9112-6.1 codings without case", put("Transfer-Encoding: Chunked\r\n"), "PUT", framing: .chunked),
        .init(
            "9112-6.1 CL.TE", put("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), .ambiguousFraming),
        .init(
            "9112-6.1 TE.CL", put("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), .ambiguousFraming),
        .init(
            "9112-6.1 length zero beside chunked", put("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"),
            .ambiguousFraming),
        .init(
            "9112-6.1 length beside an unknown coding", put("Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n"),
            .transferCoding),
        .init("9112-6.1 chunked in 1.0", put("Transfer-Encoding: chunked\r\n", version: "1.0"), .ambiguousFraming),
        .init("9112-6.1 gzip, chunked", put("Transfer-Encoding: gzip, chunked\r\n"), .transferCoding),
        .init("9112-6.1 unknown coding", put("Transfer-Encoding: xchunked\r\n"), .transferCoding),
        .init("9112-6.1 identity", put("Transfer-Encoding: identity\r\n"), .transferCoding),
        .init("9112-6.3 chunked not at the end", put("Transfer-Encoding: chunked, gzip\r\n"), .ambiguousFraming),
        .init("9112-6.1 chunked twice", put("Transfer-Encoding: chunked, chunked\r\n"), .ambiguousFraming),
        .init(
            "9112-6.1 chunked in two fields",
            put("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), .ambiguousFraming),
        .init(
            "9112-6.1 TE.TE", put("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
            .ambiguousFraming),
        .init("9112-6.1 a parameter on chunked", put("Transfer-Encoding: chunked;a=b\r\n"), .transferCoding),
        .init("9112-6.1 empty coding", put("Transfer-Encoding:\r\n"), .ambiguousFraming),
        .init("9112-6.1 comma after chunked", put("Transfer-Encoding: chunked,\r\n"), .ambiguousFraming),
        .init("9112-6.1 comma before chunked", put("Transfer-Encoding: ,chunked\r\n"), .ambiguousFraming),
        .init("9112-6.1 quoted chunked", put("Transfer-Encoding: \"chunked\"\r\n"), .transferCoding),
        .init("9110-5.5 vertical tab before chunked", put("Transfer-Encoding: \u{B}chunked\r\n"), .fieldValue),
        .init("9112-5.1 space after the name of TE", put("Transfer-Encoding : chunked\r\n"), .fieldName),
        .init("9112-5.2 folded TE", put("Transfer-Encoding:\r\n chunked\r\n"), .foldedField),
        .init("9112-2.2 LF in front of TE", put("X: y\nTransfer-Encoding: chunked\r\n"), .bareLineFeed),
        .init("9112-2.2 CR in front of TE", put("X: y\rTransfer-Encoding: chunked\r\n"), .fieldValue),
        .init("9112-9.3 close", put("Connection: close\r\n"), "PUT", keepsAlive: false),
        .init("9112-9.3 close in a list", put("Connection: x, Close\r\n"), "PUT", keepsAlive: false),
        .init("9112-9.3 keep-alive in 1.0", put("Connection: keep-alive\r\n", version: "1.0"), "PUT"),
        .init(
            "9112-9.3 close wins", put("Connection: keep-alive\r\nConnection: close\r\n"), "PUT", keepsAlive: false),
        .init("9110-10.1.1 an unknown expectation", put("Expect: 200-maybe\r\n"), .expectation),
        .init(
            "9110-10.1.1 expectations in 1.0 are ignored", put("Expect: x\r\n", version: "1.0"), "PUT",
            keepsAlive: false),
    ]
}
