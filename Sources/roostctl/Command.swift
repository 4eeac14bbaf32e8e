import Core

/// What can be asked. Missing fields are shown as a dash: the program may be older or newer than the server.
enum Command: Equatable {
    case status, drives, shards, directory
    /// Without a generation it only shows what it would do.
    case acceptDirectory(generation: Int?)
    case users, addUser(String, description: String), setUser(String, status: String), removeUser(String)
    /// Of one user, or of all.
    case keys(String?)
    case indexes
    /// Of one shard, or of all.
    case rebuildIndexes(Int?)
    case search(SearchOptions)
    case addKey(user: String), setKey(String, status: String), removeKey(String)

    init?(_ words: [String]) {
        switch words {
        case ["status"]: self = .status
        case ["drives"]: self = .drives
        case ["shards"]: self = .shards
        case ["directory"]: self = .directory
        case ["directory", "accept"]: self = .acceptDirectory(generation: nil)
        case ["index"]: self = .indexes
        case ["index", "rebuild"]: self = .rebuildIndexes(nil)
        case ["user", "list"]: self = .users
        case ["key", "list"]: self = .keys(nil)
        default:
            guard words.count == 3 || (words.count == 4 && words.starts(with: ["user", "add"])) else { return nil }
            let name = words[2]
            switch (words[0], words[1]) {
            case ("directory", "accept"):
                guard let generation = Int(name) else { return nil }
                self = .acceptDirectory(generation: generation)
            case ("index", "rebuild"):
                guard let shard = Int(name) else { return nil }
                self = .rebuildIndexes(shard)
            case ("user", "add"): self = .addUser(name, description: words.count == 4 ? words[3] : "")
            case ("user", "enable"): self = .setUser(name, status: "active")
            case ("user", "disable"): self = .setUser(name, status: "disabled")
            case ("user", "remove"): self = .removeUser(name)
            case ("key", "list"): self = .keys(name)
            case ("key", "add"): self = .addKey(user: name)
            case ("key", "enable"): self = .setKey(name, status: "active")
            case ("key", "disable"): self = .setKey(name, status: "disabled")
            case ("key", "remove"): self = .removeKey(name)
            default: return nil
            }
        }
    }

    var request: AdminRequest {
        switch self {
        case .status: AdminRequest("GET", "/admin/v1/status")
        case .drives: AdminRequest("GET", "/admin/v1/drives")
        case .shards: AdminRequest("GET", "/admin/v1/shards")
        case .directory, .acceptDirectory(nil): AdminRequest("GET", "/admin/v1/directory")
        case .acceptDirectory(let generation?):
            AdminRequest("POST", "/admin/v1/directory/accept", body: ["generation": .integer(Int64(generation))])
        case .indexes: AdminRequest("GET", "/admin/v1/indexes")
        case .rebuildIndexes(let shard):
            AdminRequest(
                "POST", "/admin/v1/indexes/rebuild",
                body: .object(shard.map { ["shard": .integer(Int64($0))] } ?? [:]))
        case .search(let options): options.request(options.query, limit: options.limit ?? 1000)
        case .users: AdminRequest("GET", "/admin/v1/users")
        case .addUser(let name, let description):
            AdminRequest(
                "POST", "/admin/v1/users", body: ["name": .string(name), "description": .string(description)])
        case .setUser(let name, let status):
            AdminRequest("PATCH", "/admin/v1/users/\(name)", body: ["status": .string(status)])
        case .removeUser(let name): AdminRequest("DELETE", "/admin/v1/users/\(name)")
        case .keys: AdminRequest("GET", "/admin/v1/keys")
        case .addKey(let user): AdminRequest("POST", "/admin/v1/keys", body: ["user": .string(user)])
        case .setKey(let id, let status):
            AdminRequest("PATCH", "/admin/v1/keys/\(id)", body: ["status": .string(status)])
        case .removeKey(let id): AdminRequest("DELETE", "/admin/v1/keys/\(id)")
        }
    }

    func lines(of answer: JSONValue) -> [String] {
        switch self {
        case .status: Self.status(answer)
        case .drives: Self.drives(answer)
        case .shards: Self.shards(answer)
        case .directory: Self.directory(answer)
        case .acceptDirectory(nil): Self.directory(answer) + Self.consequences(answer)
        case .acceptDirectory: ["accepted"] + Self.directory(answer)
        case .indexes: Self.indexes(answer)
        case .rebuildIndexes: ["\(Cell.text(answer["rebuilding"])) indexes are being built anew; see roostctl index"]
        case .search: []
        case .users: Self.list(answer["users"], ["name", "status", "description"])
        case .keys(let user):
            Self.list(
                .array((answer["keys"]?.array ?? []).filter { user == nil || $0["user"]?.string == user }),
                ["accessKey", "user", "status"])
        case .addUser(let name, _): ["user \(name) was added; give it a key: roostctl key add \(name)"]
        case .setUser(let name, let status): ["user \(name) is \(status)"]
        case .removeUser(let name): ["user \(name) was removed"]
        case .addKey:
            Table([
                ["access key", Cell.text(answer["accessKey"])], ["secret key", Cell.text(answer["secretKey"])],
            ]).lines + ["The secret is shown this once."]
        case .setKey(let id, let status): ["key \(id) is \(status)"]
        case .removeKey(let id): ["key \(id) was removed"]
        }
    }

    private static func list(_ entries: JSONValue?, _ fields: [String]) -> [String] {
        let rows = (entries?.array ?? []).map { entry in fields.map { Cell.text(entry[$0]) } }
        return Table([fields.map { $0 == "accessKey" ? "ACCESS KEY" : $0.uppercased() }] + rows).lines
    }

    // MARK: Directory

    private static func directory(_ answer: JSONValue) -> [String] {
        var rows = [
            ["generation", Cell.text(answer["generation"])],
            ["state", answer["readOnly"]?.boolean == true ? "read-only: \(Cell.text(answer["reason"]))" : "writable"],
        ]
        for voter in answer["voters"]?.array ?? [] {
            rows.append([
                voter["present"]?.boolean == true ? "copy" : "missing",
                "\(Cell.text(voter["path"]))  \(Cell.text(voter["id"]))",
            ])
        }
        return Table(rows).lines
    }

    private static func consequences(_ answer: JSONValue) -> [String] {
        guard answer["readOnly"]?.boolean == true else { return ["", "There is nothing to accept."] }
        return ["", "Accepting the directory without the missing copies means:"]
            + (answer["consequences"]?.array ?? []).map { "- \(Cell.text($0))" }
            + ["", "To accept it: roostctl directory accept \(Cell.text(answer["generation"]))"]
    }

    // MARK: Status

    private static func status(_ answer: JSONValue) -> [String] {
        let drives = answer["drives"]
        let shards = answer["shards"]
        let capacity = answer["capacity"]
        var rows = [
            ["cluster", Cell.text(answer["cluster"])],
            ["version", Cell.text(answer["version"])],
            ["state", Cell.text(answer["state"]) + (answer["ready"]?.boolean == false ? ", not ready" : "")],
            ["up", Cell.duration(answer["uptimeSeconds"])],
            [
                "drives",
                "\(Cell.text(drives?["online"])) of \(Cell.text(drives?["total"])) online, "
                    + "\(Cell.text(drives?["failed"])) failed, \(Cell.text(drives?["out"])) out, "
                    + "\(Cell.text(drives?["filling"])) being filled",
            ],
            [
                "shards",
                "\(Cell.text(shards?["total"])), \(Cell.text(shards?["leaderless"])) without leader, "
                    + "\(Cell.text(shards?["belowMinimum"])) below minimum, \(Cell.text(shards?["learning"])) learning",
            ],
            [
                "capacity",
                "\(Cell.bytes(capacity?["available"])) of \(Cell.bytes(capacity?["total"])) available",
            ],
        ]
        for pool in answer["pools"]?.array ?? [] {
            rows.append(["pool", "\(Cell.text(pool["scheme"])), \(Cell.text(pool["groups"])) groups"])
        }
        var lines = Table(rows).lines
        for warning in answer["warnings"]?.array ?? [] { lines.append("warning: \(Cell.text(warning))") }
        return lines
    }

    // MARK: Lists

    private static func drives(_ answer: JSONValue) -> [String] {
        let rows = (answer["drives"]?.array ?? []).map { drive in
            [
                Cell.text(drive["id"]),
                Cell.text(drive["state"])
                    + (drive["out"]?.boolean == true ? ", out" : drive["filling"]?.boolean == true ? ", filling" : ""),
                Cell.bytes(drive["total"]),
                Cell.bytes(drive["available"]), Cell.text(drive["volumes"]), Cell.text(drive["fragmentsStored"]),
                Cell.bytes(drive["journalBytes"]), Cell.count(drive["replicas"]), Cell.count(drive["errors"]),
                Cell.text(drive["path"]),
            ]
        }
        let header = [
            "DRIVE", "STATE", "TOTAL", "AVAILABLE", "VOLUMES", "FRAGMENTS", "JOURNAL", "REPLICAS", "ERRORS", "PATH",
        ]
        return Table([header] + rows).lines
    }

    private static func indexes(_ answer: JSONValue) -> [String] {
        let rows = (answer["indexes"]?.array ?? []).map { index in
            [
                Cell.text(index["shard"]), Cell.folder(index["drive"]),
                index["leader"]?.boolean == true ? "leader" : "follower", Cell.text(index["documents"]),
                Cell.text(index["deletedDocuments"]), Cell.text(index["segments"]), Cell.bytes(index["memoryBytes"]),
                Cell.bytes(index["diskBytes"]), Cell.text(index["behind"]), Cell.text(index["state"]),
            ]
        }
        let header = [
            "SHARD", "DRIVE", "ROLE", "OBJECTS", "DELETED", "SEGMENTS", "MEMORY", "DISK", "BEHIND", "STATE",
        ]
        return Table([header] + rows).lines
    }

    private static func shards(_ answer: JSONValue) -> [String] {
        let rows = (answer["shards"]?.array ?? []).map { shard in
            [
                Cell.text(shard["id"]), Cell.text(shard["state"]), Cell.text(shard["epoch"]),
                Cell.folder(shard["leader"]), Cell.folders(shard["members"]), Cell.text(shard["minMembers"]),
                Cell.text(shard["learning"]), Cell.text(shard["committed"]), Cell.text(shard["applied"]),
                "\(Cell.text(shard["range"]?["from"]))…\(Cell.text(shard["range"]?["to"]))",
            ]
        }
        let header = [
            "SHARD", "STATE", "EPOCH", "LEADER", "MEMBERS", "MIN", "LEARNING", "COMMITTED", "APPLIED", "RANGE",
        ]
        return Table([header] + rows).lines
    }
}

/// A value of an answer as it stands in a table.
enum Cell {
    static let missing = "–"

    static func text(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null: missing
        case .string(let text): text.isEmpty ? missing : text
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .boolean(let flag): flag ? "yes" : "no"
        case .array(let values): values.isEmpty ? missing : values.map { text($0) }.joined(separator: ",")
        case .object: value?.text() ?? missing
        }
    }

    /// In KiB, MiB and so on, three digits.
    static func bytes(_ value: JSONValue?) -> String {
        guard let count = value?.integer else { return missing }
        guard count >= 1024 else { return "\(count) B" }
        var scaled = Double(count)
        var unit = -1
        while scaled >= 1024, unit < 4 {
            scaled /= 1024
            unit += 1
        }
        let tenths = Int((scaled * 10).rounded())
        let number = scaled < 100 ? "\(tenths / 10).\(tenths % 10)" : "\(Int(scaled.rounded()))"
        return "\(number) \(["KiB", "MiB", "GiB", "TiB", "PiB"][unit])"
    }

    static func duration(_ value: JSONValue?) -> String {
        guard let seconds = value?.integer else { return missing }
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s"),
        ]
        let shown = parts.drop { $0.0 == 0 }.prefix(2)
        return shown.isEmpty ? "0 s" : shown.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }

    /// A list counts as its length.
    static func count(_ value: JSONValue?) -> String {
        if let array = value?.array { return "\(array.count)" }
        return text(value)
    }

    /// The last part of a drive's path, which tells drives apart well enough for a table.
    static func folder(_ value: JSONValue?) -> String {
        guard let path = value?.string, let name = path.split(separator: "/").last else { return missing }
        return String(name)
    }

    static func folders(_ value: JSONValue?) -> String {
        guard let values = value?.array, !values.isEmpty else { return missing }
        return values.map { folder($0) }.joined(separator: ",")
    }
}

/// Rows of text, every column as wide as its widest cell.
struct Table {
    let lines: [String]

    init(_ rows: [[String]]) {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        lines = rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 {
                    line += String(repeating: " ", count: widths[column] - cell.count + 2)
                }
            }
            return line
        }
    }
}
