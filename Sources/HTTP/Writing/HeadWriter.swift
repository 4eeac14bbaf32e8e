internal import Core

/// Writes heads as bytes, without building strings.
enum HeadWriter {
    /// How the body of a response or request is announced.
    enum Announcement {
        /// No framing field: a status without body, or a body that ends with the connection.
        case nothing
        case length(UInt64)
        case chunked
    }

    enum Persistence {
        /// Say nothing: HTTP/1.1 connections live on.
        case implied
        case keepAlive
        case close
    }

    static func writeResponse(
        _ head: ResponseHead, _ announcement: Announcement, _ persistence: Persistence, date: HTTPDate,
        to output: inout OutputBuffer
    ) {
        writeStatusLine(head.status, to: &output)
        let hasDate = writeFields(head.headers, to: &output)
        if !hasDate {
            // RFC 9110 section 6.6.1: an origin server with a clock sends Date.
            output.append("date: ")
            date.write(to: &output)
            output.append("\r\n")
        }
        write(announcement, to: &output)
        write(persistence, to: &output)
        output.append("\r\n")
    }

    static func writeRequest(
        _ head: RequestHead, _ announcement: Announcement, to output: inout OutputBuffer
    ) {
        output.append(head.method)
        output.append(Characters.space)
        output.append(head.target)
        output.append(" HTTP/1.1\r\n")
        _ = writeFields(head.headers, to: &output)
        write(announcement, to: &output)
        output.append("\r\n")
    }

    static func writeContinue(to output: inout OutputBuffer) { output.append("HTTP/1.1 100 Continue\r\n\r\n") }

    /// Framing and persistence are the connection's: fields of these names in `headers` are left out, so that a head can
    /// never contradict its body. Returns true if there is a Date.
    private static func writeFields(_ headers: Headers, to output: inout OutputBuffer) -> Bool {
        var hasDate = false
        for field in headers.fields {
            switch field.name {
            case "content-length", "transfer-encoding", "connection": continue
            case "date": hasDate = true
            default: break
            }
            writeSafely(field.name, to: &output)
            output.append(": ")
            writeSafely(field.value, to: &output)
            output.append("\r\n")
        }
        return hasDate
    }

    /// CR, LF and NUL become spaces (RFC 9110 section 5.5): a value that came from a client, by way of a query parameter
    /// for example, must not be able to begin a field or a response of its own.
    private static func writeSafely(_ text: String, to output: inout OutputBuffer) {
        let isSafe = text.utf8.withContiguousStorageIfAvailable { octets in
            octets.allSatisfy { $0 != Characters.carriageReturn && $0 != Characters.lineFeed && $0 != 0 }
        }
        if isSafe == true {
            output.append(text)
        } else {
            for octet in text.utf8 {
                let isSafe = octet != Characters.carriageReturn && octet != Characters.lineFeed && octet != 0
                output.append(isSafe ? octet : Characters.space)
            }
        }
    }

    private static func write(_ announcement: Announcement, to output: inout OutputBuffer) {
        switch announcement {
        case .nothing: break
        case .length(let count):
            output.append("content-length: ")
            output.append(decimal: count)
            output.append("\r\n")
        case .chunked: output.append("transfer-encoding: chunked\r\n")
        }
    }

    private static func write(_ persistence: Persistence, to output: inout OutputBuffer) {
        switch persistence {
        case .implied: break
        case .keepAlive: output.append("connection: keep-alive\r\n")
        case .close: output.append("connection: close\r\n")
        }
    }

    private static func writeStatusLine(_ status: Int, to output: inout OutputBuffer) {
        precondition((100...999).contains(status), "a status has three digits")
        output.append("HTTP/1.1 ")
        output.append(decimal: UInt64(status))
        output.append(Characters.space)
        output.append(reason(status))
        output.append("\r\n")
    }

    /// RFC 9110 section 15. Clients ignore it; people reading a trace do not.
    private static func reason(_ status: Int) -> StaticString {
        switch status {
        case 100: "Continue"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 416: "Range Not Satisfiable"
        case 417: "Expectation Failed"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }
}
