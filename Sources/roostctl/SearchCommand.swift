import Core
import Glibc
import SystemIO

/// `roostctl search QUERY`: what to ask and how to print it.
struct SearchOptions: Equatable {
    enum Output: Equatable {
        case table
        /// `s3://BUCKET/KEY`, a line each.
        case paths
        /// The same, each followed by a zero byte.
        case zeroTerminated
        /// How many there are.
        case count
    }

    var query = ""
    /// nil: every bucket that the credentials may list.
    var bucket: String?
    var sort: String?
    var facets: String?
    /// Of all pages together; nil: all.
    var limit: Int? = 20
    var output = Output.table
    var watches = false

    /// Takes an option of its own; false if it is none.
    mutating func take(_ option: String, _ value: () throws(ControlError) -> String) throws(ControlError) -> Bool {
        switch option {
        case "--bucket": bucket = try value()
        case "--sort": sort = try value()
        case "--facets": facets = try value()
        case "--limit":
            let text = try value()
            guard let number = Int(text), number >= 0 else { throw .usage("--limit needs a number, not \(text)") }
            limit = number
        case "--all": limit = nil
        case "--paths": output = .paths
        case "-0", "--print0": output = .zeroTerminated
        case "--count": output = .count
        case "--watch": watches = true
        default: return false
        }
        return true
    }

    func request(_ query: String, limit: Int, cursor: String? = nil) -> AdminRequest {
        var parameters = [("search", ""), ("q", query), ("limit", "\(limit)")]
        if output == .count { parameters.append(("count", "exact")) }
        if let sort { parameters.append(("sort", sort)) }
        if let facets, cursor == nil { parameters.append(("facets", facets)) }
        if let cursor { parameters.append(("cursor", cursor)) }
        let text = parameters.map { "\($0)=\(Self.encode($1))" }.joined(separator: "&")
        return AdminRequest("GET", "/s3/\(bucket.map(Self.encode) ?? "")?\(text)")
    }

    /// RFC 3986, section 2.3: what is not unreserved.
    private static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default: bytes.append(contentsOf: "%\(Hexadecimal.encode([byte]).uppercased())".utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Asks page after page and prints what comes.
struct SearchPrinter {
    private static let pageHits = 1000
    private static let watchPause = TimeSpan.seconds(1)

    let options: SearchOptions
    let client: AdminClient
    let printsJSON: Bool

    func run() async throws(ControlError) {
        if options.watches { return try await watch() }
        if options.output == .count {
            let answer = try await client.send(options.request(options.query, limit: 0))
            print(printsJSON ? answer.text(indented: true) : Cell.text(answer["count"]?["value"]))
            return
        }
        var left = options.limit
        var cursor: String?
        repeat {
            let page = min(left ?? Self.pageHits, Self.pageHits)
            let answer = try await client.send(options.request(options.query, limit: page, cursor: cursor))
            let isFirst = cursor == nil
            cursor = answer["cursor"]?.string
            let hits = answer["hits"]?.array ?? []
            if let known = left { left = known - hits.count }
            if printsJSON {
                print(answer.text(indented: true))
            } else {
                write(hits, header: isFirst)
                if options.output == .table, isFirst { facets(answer) }
                if options.output == .table, left == 0 || cursor == nil { summary(answer) }
            }
            // An empty page may have a successor: its objects were deleted meanwhile.
        } while cursor != nil && left != 0
    }

    private func write(_ hits: [JSONValue], header: Bool) {
        switch options.output {
        case .count: break
        case .paths: for hit in hits { print(Self.path(hit)) }
        case .zeroTerminated: for hit in hits { print(Self.path(hit), terminator: "\0") }
        case .table:
            let rows = hits.map { hit in
                [
                    Cell.bytes(hit["size"]), String(Cell.text(hit["modified"]).prefix(19)), Cell.text(hit["type"]),
                    Self.path(hit),
                ]
            }
            if rows.isEmpty, !header { return }
            for line in Table((header ? [["SIZE", "MODIFIED", "TYPE", "OBJECT"]] : []) + rows).lines { print(line) }
        }
    }

    private static func path(_ hit: JSONValue) -> String {
        "s3://\(hit["bucket"]?.string ?? "")/\(hit["key"]?.string ?? "")"
    }

    private func facets(_ answer: JSONValue) {
        for facet in answer["facets"]?.array ?? [] {
            print("\n\(Cell.text(facet["name"]))")
            let rows = (facet["values"]?.array ?? []).map { value in
                ["  " + Cell.text(value["value"]), Cell.text(value["count"])]
            }
            for line in Table(rows).lines { print(line) }
        }
    }

    private func summary(_ answer: JSONValue) {
        guard let count = answer["count"]?["value"]?.integer else { return }
        let isExact = answer["count"]?["relation"]?.string == "eq"
        print("\n\(isExact ? "" : "at least ")\(count) object\(count == 1 ? "" : "s")")
    }

    /// What changes from now on and matches, once each time that it changes.
    private func watch() async throws(ControlError) {
        var since = client.clock.wallTime.milliseconds
        var seen: [String: String] = [:]
        let query = options.query.isEmpty ? "" : "(\(options.query)) "
        while true {
            var watching = options
            watching.sort = "modified"
            // A little back: a leader's clock may be behind.
            let from = since > 5000 ? since - 5000 : 0
            let answer = try await client.send(
                watching.request("\(query)modified:>=\(Self.date(from))", limit: Self.pageHits))
            var fresh: [JSONValue] = []
            for hit in answer["hits"]?.array ?? [] {
                let version = "\(Cell.text(hit["modified"])) \(Cell.text(hit["etag"]))"
                if seen.updateValue(version, forKey: Self.path(hit)) != version { fresh.append(hit) }
            }
            if printsJSON {
                for hit in fresh { print(hit.text()) }
            } else {
                write(fresh, header: false)
            }
            fflush(nil)
            since = client.clock.wallTime.milliseconds
            if seen.count > 100_000 { seen.removeAll() }
            guard await client.clock.sleep(for: Self.watchPause) else { return }
        }
    }

    /// ISO 8601 in UTC, as the query language has it.
    private static func date(_ milliseconds: UInt64) -> String {
        var seconds = time_t(milliseconds / 1000)
        var fields = tm()
        gmtime_r(&seconds, &fields)
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(fields.tm_year + 1900)-\(two(fields.tm_mon + 1))-\(two(fields.tm_mday))"
            + "T\(two(fields.tm_hour)):\(two(fields.tm_min)):\(two(fields.tm_sec))Z"
    }
}
