import Core
import Metadata

/// Users and access keys as resources of the admin API.
struct IdentityResources {
    typealias Answer = (status: Int, code: String, value: JSONValue)

    let identities: IdentityKeeper

    /// nil if the path is none of these.
    func answer(_ method: String, _ path: String, _ document: JSONValue?) async -> Answer? {
        let parts = path.split(separator: "/").dropFirst(2).map(String.init)
        do throws(MetadataError) {
            switch (method, parts.first, parts.count) {
            case ("GET", "users", 1):
                return Self.ok(["users": .array(try await identities.users().map(Self.user))])
            case ("POST", "users", 1): return try await createUser(document)
            case ("PATCH", "users", 2): return try await setUser(parts[1], document)
            case ("DELETE", "users", 2):
                return Self.done(try await identities.change(.deleteUser(name: parts[1])))
            case ("GET", "keys", 1):
                return Self.ok(["keys": .array(try await identities.accessKeys(of: nil).map(Self.key))])
            case ("POST", "keys", 1): return try await createKey(document)
            case ("PATCH", "keys", 2): return try await setKey(parts[1], document)
            case ("DELETE", "keys", 2):
                return Self.done(try await identities.change(.deleteAccessKey(id: parts[1])))
            default: return nil
            }
        } catch {
            return (503, "Unavailable", .string("The system shard did not answer: \(error)."))
        }
    }

    private func createUser(_ document: JSONValue?) async throws(MetadataError) -> Answer {
        guard let name = document?["name"]?.string, Self.isName(name) else {
            return Self.invalid("A user's name has 1 to 64 letters, digits and the characters . _ - @ and is not root.")
        }
        let description = document?["description"]?.string ?? ""
        guard description.utf8.count <= 1024 else { return Self.invalid("A description has at most 1,024 bytes.") }
        return Self.done(
            try await identities.change(.createUser(name: name, description: description)), ["name": .string(name)])
    }

    private func setUser(_ name: String, _ document: JSONValue?) async throws(MetadataError) -> Answer {
        guard let status = Self.status(document) else { return Self.invalid("The status is active or disabled.") }
        return Self.done(
            try await identities.change(.updateUser(name: name, status: status, description: nil)),
            ["name": .string(name), "status": .string(Self.text(status))])
    }

    private func createKey(_ document: JSONValue?) async throws(MetadataError) -> Answer {
        guard let user = document?["user"]?.string, Self.isName(user) else {
            return Self.invalid("The user of the new key is needed.")
        }
        let made = try await identities.createAccessKey(for: user)
        return Self.done(
            made.result,
            ["user": .string(user), "accessKey": .string(made.id), "secretKey": .string(made.secret)])
    }

    private func setKey(_ id: String, _ document: JSONValue?) async throws(MetadataError) -> Answer {
        guard let status = Self.status(document) else { return Self.invalid("The status is active or disabled.") }
        return Self.done(
            try await identities.change(.updateAccessKey(id: id, status: status, sealedSecret: nil)),
            ["accessKey": .string(id), "status": .string(Self.text(status))])
    }

    // MARK: Values

    private static func user(_ record: UserRecord) -> JSONValue {
        [
            "name": .string(record.name), "status": .string(text(record.status)),
            "description": .string(record.description), "created": .init(Int(clamping: record.created.milliseconds)),
        ]
    }

    private static func key(_ record: AccessKeyRecord) -> JSONValue {
        [
            "accessKey": .string(record.id), "user": .string(record.user), "status": .string(text(record.status)),
            "created": .init(Int(clamping: record.created.milliseconds)),
        ]
    }

    private static func text(_ status: IdentityStatus) -> String { status == .active ? "active" : "disabled" }

    private static func status(_ document: JSONValue?) -> IdentityStatus? {
        switch document?["status"]?.string {
        case "active": .active
        case "disabled": .disabled
        default: nil
        }
    }

    private static func isName(_ name: String) -> Bool {
        name != IdentityKeeper.rootUser && (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "._-@".utf8.contains(byte)
            }
    }

    private static func ok(_ value: JSONValue) -> Answer { (200, "", value) }
    private static func invalid(_ message: String) -> Answer { (400, "InvalidRequest", .string(message)) }

    private static func done(_ result: CommandResult, _ value: JSONValue = [:]) -> Answer {
        switch result {
        case .done: ok(value)
        case .nameTaken: (409, "Conflict", "The name is taken.")
        case .noSuchUser: (404, "NotFound", "There is no such user.")
        case .noSuchAccessKey: (404, "NotFound", "There is no such access key.")
        case .userHasAccessKeys: (409, "Conflict", "The user has access keys: remove them first.")
        default: (500, "InternalError", .string("The system shard answered \(result)."))
        }
    }
}
