import Core
import HTTP

/// The cookie by which a browser that has proved root's secret once may walk the admin API's pages: it reads, it changes
/// nothing. It holds the time of its end and a proof that this store made it, and no secret.
struct AdminSession {
    private static let name = "roost_admin"
    private static let lifetimeSeconds: UInt64 = 3600

    private let key: HMACSHA256Key

    init(rootSecret: String) { key = HMACSHA256Key(Array("roost admin session 1\n\(rootSecret)".utf8)) }

    func cookie(now: WallTime, isEncrypted: Bool) -> String {
        let end = "\(now.seconds + Self.lifetimeSeconds)"
        return
            "\(Self.name)=\(end).\(proof(of: end)); Path=/; Max-Age=\(Self.lifetimeSeconds); HttpOnly; SameSite=Strict"
            + (isEncrypted ? "; Secure" : "")
    }

    static let ended = "\(name)=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"

    private func proof(of end: String) -> String { Hexadecimal.encode([UInt8](key.authenticate(Array(end.utf8)))) }

    func permits(_ head: RequestHead, now: WallTime) -> Bool {
        guard head.method == "GET" || head.method == "HEAD" else { return false }
        for field in head.headers.all("cookie") {
            for pair in field.split(separator: ";") {
                let pieces = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                guard pieces.count == 2, pieces[0] == Self.name else { continue }
                let values = pieces[1].split(separator: ".")
                guard values.count == 2, let end = UInt64(values[0]), now.seconds < end,
                    let given = Hexadecimal.decode(values[1]), given.count == 32
                else { continue }
                var value = SHA256.Value(repeating: 0)
                for (index, byte) in given.enumerated() { value[index] = byte }
                if HMACSHA256Key.isEqual(value, key.authenticate(Array(values[0].utf8))) { return true }
            }
        }
        return false
    }
}

/// A resource of the admin API as a plain page: tables for lists, links to the others, no script.
enum AdminPage {
    static func wants(_ head: RequestHead) -> Bool {
        guard let accept = head.headers["accept"] else { return false }
        return accept.contains("text/html")
    }

    static func render(_ title: String, _ value: JSONValue) -> [UInt8] {
        var html =
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
            + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
            + "<title>\(escape(title)) – Roost</title><link rel=\"icon\" href=\"/console/icon.svg\">"
            + "<link rel=\"stylesheet\" href=\"/console/console.css\"></head>"
            + "<body><main><p class=\"soft small\"><a href=\"/console/\">Console</a></p><h1>\(escape(title))</h1>"
        write(value, &html)
        html += "</main></body></html>\n"
        return Array(html.utf8)
    }

    private static func write(_ value: JSONValue, _ html: inout String) {
        switch value {
        case .object(let object):
            html += "<dl>"
            for member in object.members {
                html += "<dt>\(escape(member.name))</dt><dd>"
                write(member.value, &html)
                html += "</dd>"
            }
            html += "</dl>"
        case .array(let values):
            guard !values.isEmpty else {
                html += "–"
                return
            }
            guard values.allSatisfy({ $0.object != nil }) else {
                html += "<ul>"
                for value in values {
                    html += "<li>"
                    write(value, &html)
                    html += "</li>"
                }
                html += "</ul>"
                return
            }
            table(values.compactMap(\.object), &html)
        case .string(let text) where text.hasPrefix("/") && isAddress(text):
            html += "<a href=\"\(escape(text))\">\(escape(text))</a>"
        case .string(let text): html += escape(text)
        case .null: html += "–"
        case .integer, .number, .boolean: html += value.text()
        }
    }

    private static func table(_ rows: [JSONObject], _ html: inout String) {
        var names: [String] = []
        for member in rows.flatMap(\.members) where !names.contains(member.name) { names.append(member.name) }
        html += "<div class=\"scroll\"><table><thead><tr>"
        for name in names { html += "<th scope=\"col\">\(escape(name))</th>" }
        html += "</tr></thead><tbody>"
        for row in rows {
            html += "<tr>"
            for name in names {
                html += "<td>"
                write(row[name] ?? .null, &html)
                html += "</td>"
            }
            html += "</tr>"
        }
        html += "</tbody></table></div>"
    }

    /// A link of the API's own, not a drive's folder.
    private static func isAddress(_ text: String) -> Bool {
        ["/admin/v1", "/metrics", "/health/"].contains { text.hasPrefix($0) }
    }

    private static func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
