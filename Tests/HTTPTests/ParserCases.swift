import HTTP
import Testing

/// One head and what must become of it.
struct HeadCase: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable, Equatable {
        case accepted(method: String, target: String, host: String?, BodyFraming, keepsAlive: Bool)
        case refused(ParseError)
        case incomplete
    }

    /// The rule, with its section.
    let rule: String
    let text: String
    let outcome: Outcome

    var testDescription: String { rule }

    init(_ rule: String, _ text: String, _ error: ParseError) {
        (self.rule, self.text, outcome) = (rule, text, .refused(error))
    }

    init(
        _ rule: String, _ text: String, _ method: String = "GET", _ target: String = "/", host: String? = "a",
        framing: BodyFraming = .none, keepsAlive: Bool = true
    ) {
        (self.rule, self.text) = (rule, text)
        outcome = .accepted(method: method, target: target, host: host, framing, keepsAlive: keepsAlive)
    }

    init(incomplete rule: String, _ text: String) { (self.rule, self.text, outcome) = (rule, text, .incomplete) }

    private static let host = "Host: a\r\n"

    /// RFC 9112 section 3, the request line.
    static let requestLines: [HeadCase] = [
        .init("9112-3 plain", "GET / HTTP/1.1\r\n\(host)\r\n"),
        .init("9112-2.2 empty line before the request", "\r\nGET / HTTP/1.1\r\n\(host)\r\n"),
        .init("9112-2.2 endless empty lines", "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n\(host)\r\n", .requestLine),
        .init("9112-2.2 LF alone ends the line", "GET / HTTP/1.1\n\(host)\r\n", .bareLineFeed),
        .init("9112-2.2 LF alone ends a field", "GET / HTTP/1.1\r\nHost: a\n\r\n", .bareLineFeed),
        .init("9112-2.2 LF alone ends the head", "GET / HTTP/1.1\r\n\(host)\n", .bareLineFeed),
        .init("9112-2.2 CR within a target", "GET /\rx HTTP/1.1\r\n\(host)\r\n", .target),
        .init("9112-2.2 CR within a value", "GET / HTTP/1.1\r\n\(host)x: a\rb\r\n\r\n", .fieldValue),
        .init("9112-2.2 CR CR LF", "GET / HTTP/1.1\r\r\n\(host)\r\n", .requestLine),
        .init("9112-3 two spaces before the target", "GET  / HTTP/1.1\r\n\(host)\r\n", .requestLine),
        .init("9112-3 two spaces after the target", "GET /  HTTP/1.1\r\n\(host)\r\n", .requestLine),
        .init("9112-3 tab between the parts", "GET\t/ HTTP/1.1\r\n\(host)\r\n", .requestLine),
        .init("9112-3 space before the method", " GET / HTTP/1.1\r\n\(host)\r\n", .requestLine),
        .init("9112-3 space after the version", "GET / HTTP/1.1 \r\n\(host)\r\n", .requestLine),
        .init("9112-3 a space in the target", "GET /a b HTTP/1.1\r\n\(host)\r\n", .requestLine),
        .init("9112-3 no version (HTTP/0.9)", "GET /\r\n\r\n", .requestLine),
        .init("9112-3 no target", "GET HTTP/1.1\r\n\(host)\r\n", .requestLine),
        .init("9112-3 only a method", "GET\r\n\r\n", .requestLine),
        .init("9112-3 an empty method", " / HTTP/1.1\r\n\(host)\r\n", .requestLine),
        .init("9110-9.1 methods are tokens", "GE(T / HTTP/1.1\r\n\(host)\r\n", .requestLine),
        .init("9110-9.1 methods keep their case", "get / HTTP/1.1\r\n\(host)\r\n", "get"),
        .init(
            "9112-3 a method that is too long", String(repeating: "G", count: 33) + " / HTTP/1.1\r\n\(host)\r\n",
            .methodTooLong),
        .init("9110-9.3.6 CONNECT", "CONNECT a:443 HTTP/1.1\r\n\(host)\r\n", .connectRefused),
        .init("9112-2.3 version in lower case", "GET / http/1.1\r\n\(host)\r\n", .requestLine),
        .init("9112-2.3 two-digit version", "GET / HTTP/1.10\r\n\(host)\r\n", .requestLine),
        .init("9112-2.3 version without minor", "GET / HTTP/1\r\n\(host)\r\n", .requestLine),
        .init("9110-2.5 HTTP/2.0 in clear", "PRI * HTTP/2.0\r\n\r\n", .version),
        .init("9110-2.5 HTTP/0.9 spelled out", "GET / HTTP/0.9\r\n\r\n", .version),
        .init("9110-2.5 a later minor version is 1.1", "GET / HTTP/1.2\r\n\(host)\r\n"),
        .init("9112-3.2.1 origin form", "GET /a/b%20c?x=1&y HTTP/1.1\r\n\(host)\r\n", "GET", "/a/b%20c?x=1&y"),
        .init("9112-3.2.1 double slash stays", "GET //a//b HTTP/1.1\r\n\(host)\r\n", "GET", "//a//b"),
        .init("9112-3.2.1 dot segments stay", "GET /a/../b HTTP/1.1\r\n\(host)\r\n", "GET", "/a/../b"),
        .init("9112-3.2 relative target", "GET a/b HTTP/1.1\r\n\(host)\r\n", .target),
        .init("9112-3.2 a fragment", "GET /a#b HTTP/1.1\r\n\(host)\r\n", .target),
        .init("9112-3.2 NUL in the target", "GET /a\u{0}b HTTP/1.1\r\n\(host)\r\n", .target),
        .init("9112-3.2 DEL in the target", "GET /a\u{7F}b HTTP/1.1\r\n\(host)\r\n", .target),
        .init("9112-3.2 octets above ASCII in the target", "GET /é HTTP/1.1\r\n\(host)\r\n", .target),
        .init("9112-3.2.4 OPTIONS *", "OPTIONS * HTTP/1.1\r\n\(host)\r\n", "OPTIONS", "*"),
        .init("9112-3.2.4 * for another method", "GET * HTTP/1.1\r\n\(host)\r\n", .target),
        .init("9112-3.2.2 absolute form", "GET http://b:80/c?d HTTP/1.1\r\n\(host)\r\n", "GET", "/c?d", host: "b:80"),
        .init("9112-3.2.2 absolute form without path", "GET http://b HTTP/1.1\r\n\(host)\r\n", host: "b"),
        .init(
            "9112-3.2.2 absolute form, query only", "GET http://b?c HTTP/1.1\r\n\(host)\r\n", "GET", "/?c", host: "b"),
        .init("9112-3.2.2 scheme in upper case", "GET HTTP://b/ HTTP/1.1\r\n\(host)\r\n", host: "b"),
        .init(
            "9112-3.2.4 absolute OPTIONS without path", "OPTIONS http://b HTTP/1.1\r\n\(host)\r\n", "OPTIONS", "*",
            host: "b"),
        .init("9112-3.2.2 another scheme", "GET ftp://b/ HTTP/1.1\r\n\(host)\r\n", .target),
        .init("9112-3.2.2 no authority", "GET http:///a HTTP/1.1\r\n\(host)\r\n", .target),
        .init("9110-4.2.4 userinfo", "GET http://u@b/ HTTP/1.1\r\n\(host)\r\n", .target),
        .init(incomplete: "9112-2.2 a line that has not ended", "GET / HTTP/1.1\r"),
        .init(incomplete: "9112-2.1 a head that has not ended", "GET / HTTP/1.1\r\n\(host)"),
    ]

    /// RFC 9112 sections 3.2 and 5, RFC 9110 section 5.
    static let fields: [HeadCase] = [
        .init("9112-3.2 no Host in 1.1", "GET / HTTP/1.1\r\n\r\n", .host),
        .init("9112-3.2 no Host in 1.0", "GET / HTTP/1.0\r\n\r\n", host: nil, keepsAlive: false),
        .init("9112-3.2 two Hosts", "GET / HTTP/1.1\r\n\(host)Host: b\r\n\r\n", .host),
        .init("9112-3.2 the same Host twice", "GET / HTTP/1.1\r\n\(host)\(host)\r\n", .host),
        .init("9112-3.2 two Hosts in 1.0", "GET / HTTP/1.0\r\n\(host)\(host)\r\n", .host),
        .init("9112-3.2 a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .host),
        .init("9112-3.2 a path in Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .host),
        .init("9112-3.2 userinfo in Host", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", .host),
        .init("9112-3.2 no Host beside an absolute target", "GET http://b/ HTTP/1.1\r\n\r\n", .host),
        .init("3986-3.2.2 IPv6", "GET / HTTP/1.1\r\nHost: [::1]:9000\r\n\r\n", host: "[::1]:9000"),
        .init("9110-5.1 names without case", "GET / HTTP/1.1\r\nhOsT: a\r\n\r\n"),
        .init("9112-5.1 space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", .fieldName),
        .init("9112-5.1 tab before the colon", "GET / HTTP/1.1\r\n\(host)x\t: a\r\n\r\n", .fieldName),
        .init("9112-5.1 no colon", "GET / HTTP/1.1\r\n\(host)x\r\n\r\n", .fieldName),
        .init("9112-5.1 empty name", "GET / HTTP/1.1\r\n\(host): a\r\n\r\n", .fieldName),
        .init("9110-5.1 a name that is no token", "GET / HTTP/1.1\r\n\(host)x@y: a\r\n\r\n", .fieldName),
        .init("9110-5.1 NUL in a name", "GET / HTTP/1.1\r\n\(host)x\u{0}: a\r\n\r\n", .fieldName),
        .init("9110-5.1 octets above ASCII in a name", "GET / HTTP/1.1\r\n\(host)é: a\r\n\r\n", .fieldName),
        .init("9112-5.2 folded field", "GET / HTTP/1.1\r\n\(host)x: a\r\n b\r\n\r\n", .foldedField),
        .init("9112-5.2 folded by a tab", "GET / HTTP/1.1\r\n\(host)x: a\r\n\tb\r\n\r\n", .foldedField),
        .init("9112-2.2 space before the first field", "GET / HTTP/1.1\r\n \(host)\r\n", .foldedField),
        .init("9110-5.5 NUL in a value", "GET / HTTP/1.1\r\n\(host)x: a\u{0}b\r\n\r\n", .fieldValue),
        .init("9110-5.5 DEL in a value", "GET / HTTP/1.1\r\n\(host)x: a\u{7F}\r\n\r\n", .fieldValue),
        .init("9110-5.5 ESC in a value", "GET / HTTP/1.1\r\n\(host)x: \u{1B}[0m\r\n\r\n", .fieldValue),
        .init("9110-5.5 a tab within a value", "GET / HTTP/1.1\r\n\(host)x: a\tb\r\n\r\n"),
        .init("9110-5.5 UTF-8 in a value", "GET / HTTP/1.1\r\n\(host)x: é\r\n\r\n"),
        .init("9110-5.5 an empty value", "GET / HTTP/1.1\r\n\(host)x:\r\n\r\n"),
        .init("9110-5.6.3 no space after the colon", "GET / HTTP/1.1\r\nHost:a\r\n\r\n"),
        .init("9110-5.6.3 spaces and tabs around a value", "GET / HTTP/1.1\r\nHost: \t a \t \r\n\r\n"),
        .init(
            "limits: number of fields",
            "GET / HTTP/1.1\r\n\(host)" + String(repeating: "x: y\r\n", count: 128) + "\r\n", .tooManyFields),
        .init("limits: 128 fields", "GET / HTTP/1.1\r\n\(host)" + String(repeating: "x: y\r\n", count: 127) + "\r\n"),
        .init(
            "limits: start line", "GET /" + String(repeating: "a", count: 16 << 10) + " HTTP/1.1\r\n\(host)\r\n",
            .requestLineTooLong),
        .init(
            "limits: a start line without end", "GET /" + String(repeating: "a", count: 16 << 10), .requestLineTooLong),
        .init(
            "limits: one field", "GET / HTTP/1.1\r\n\(host)x: " + String(repeating: "a", count: 64 << 10) + "\r\n\r\n",
            .headTooLarge),
        .init(
            "limits: a field without end", "GET / HTTP/1.1\r\n\(host)x: " + String(repeating: "a", count: 64 << 10),
            .headTooLarge),
        .init(
            "limits: fields together",
            "GET / HTTP/1.1\r\n\(host)" + String(repeating: "x: \(String(repeating: "a", count: 1000))\r\n", count: 70),
            .headTooLarge),
    ]
}
