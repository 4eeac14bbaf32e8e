import Core

/// What the one who signed a form allows it to hold.
///
/// Source: Amazon S3 API Reference, "Creating a POST policy" (`sigv4-HTTPPOSTConstructPolicy.html`).
struct PostPolicy: Sendable, Equatable {
    enum Condition: Sendable, Equatable {
        /// Names are in lower case.
        case equals(name: String, value: String)
        case startsWith(name: String, prefix: String)
        case contentLength(ClosedRange<UInt64>)
    }

    static let maximumBytes = 20 << 10

    let expiration: WallTime
    let conditions: [Condition]

    /// - Parameter document: the JSON text, decoded from its base64.
    /// - Throws: `InvalidPolicyDocument`.
    init(_ document: [UInt8]) throws(S3Error) {
        guard document.count <= Self.maximumBytes,
            let text = String(validating: document, as: UTF8.self),
            let policy = try? JSONParser.parse(
                text, limits: JSONParser.Limits(bytes: Self.maximumBytes, depth: 8)), policy.object != nil
        else { throw Self.invalid("Invalid JSON.") }
        guard let expiration = policy["expiration"] else { throw Self.invalid("Policy missing expiration.") }
        guard let time = expiration.string.flatMap(Timestamp.parseISO8601) else {
            throw Self.invalid("Invalid 'expiration' value: '\(expiration.string ?? expiration.kind)'")
        }
        guard let list = policy["conditions"] else { throw Self.invalid("Policy missing conditions.") }
        guard let entries = list.array else { throw Self.invalid("Invalid 'conditions' value: must be a List.") }
        var conditions: [Condition] = []
        for entry in entries { conditions += try Self.conditions(entry) }
        self.expiration = time
        self.conditions = conditions
    }

    private static func conditions(_ entry: JSONValue) throws(S3Error) -> [Condition] {
        if let object = entry.object {
            var conditions: [Condition] = []
            for member in object.members {
                guard let value = member.value.string else {
                    throw invalid("Invalid Simple-Condition: value must be a string.")
                }
                conditions.append(.equals(name: member.name.lowercased(), value: value))
            }
            guard !conditions.isEmpty else {
                throw invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
            }
            return conditions
        }
        guard let list = entry.array, list.count == 3, let operation = list[0].string?.lowercased() else {
            throw invalid("Invalid Condition: must be a List or an Object.")
        }
        switch operation {
        case "eq", "starts-with":
            guard let name = list[1].string, name.hasPrefix("$"), let value = list[2].string else {
                throw invalid("Invalid Condition: \(operation) needs a field and a value.")
            }
            let field = name.dropFirst().lowercased()
            return [operation == "eq" ? .equals(name: field, value: value) : .startsWith(name: field, prefix: value)]
        case "content-length-range":
            guard let low = number(list[1]), let high = number(list[2]), low <= high else {
                throw invalid("Invalid content-length-range condition: the values must be integers in order.")
            }
            return [.contentLength(low...high)]
        default:
            throw invalid("Invalid Condition: unknown operation '\(operation)'.")
        }
    }

    /// Some clients write the numbers as texts.
    private static func number(_ value: JSONValue) -> UInt64? {
        if let integer = value.integer { return UInt64(exactly: integer) }
        return value.string.flatMap { ParsedRequest.number($0) }
    }

    private static func invalid(_ what: String) -> S3Error {
        S3Error(.invalidPolicyDocument, "Invalid Policy: \(what)")
    }

    /// Holds a form against the policy. Every field must be named by a condition, but for those that prove the policy,
    /// the file, and those whose name begins with `x-ignore-`.
    /// - Parameter fields: with their variables expanded.
    /// - Throws: `AccessDenied`.
    /// - Returns: how many bytes the file may have.
    func check(_ fields: FormFields, bucket: BucketName, now: WallTime) throws(S3Error) -> ClosedRange<UInt64> {
        guard now.milliseconds < expiration.milliseconds else { throw Self.denied("Policy expired.") }
        var named: Set<String> = []
        var range: ClosedRange<UInt64> = 0...PayloadDescription.maximumObjectBytes
        for condition in conditions {
            switch condition {
            case .equals(let name, let value):
                named.insert(name)
                guard Self.value(name, fields, bucket) == value else {
                    throw Self.denied("Policy Condition failed: [\"eq\", \"$\(name)\", \"\(value)\"]")
                }
            case .startsWith(let name, let prefix):
                named.insert(name)
                guard Self.value(name, fields, bucket).utf8.starts(with: prefix.utf8) else {
                    throw Self.denied("Policy Condition failed: [\"starts-with\", \"$\(name)\", \"\(prefix)\"]")
                }
            case .contentLength(let allowed):
                range = range.clamped(to: allowed)
            }
        }
        for name in ["bucket"] + fields.fields.map(\.name) where !named.contains(name) && !Self.isExempt(name) {
            throw Self.denied("Extra input fields: \(name)")
        }
        return range
    }

    private static func value(_ name: String, _ fields: FormFields, _ bucket: BucketName) -> String {
        name == "bucket" ? bucket.text : fields[name] ?? ""
    }

    private static func isExempt(_ name: String) -> Bool {
        ["policy", "x-amz-signature", "file", "awsaccesskeyid", "signature"].contains(name)
            || name.hasPrefix("x-ignore-")
    }

    private static func denied(_ what: String) -> S3Error {
        S3Error(.accessDenied, "Invalid according to Policy: \(what)")
    }
}
