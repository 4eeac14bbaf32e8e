/// One record of the cluster's lookup table.
public struct ConfigRecord: Sendable, Equatable {
    public var key: String
    public var value: [UInt8]
    /// Of the transaction that last changed it; 0 stands for "absent" in conditions.
    public var revision: UInt64

    public init(key: String, value: [UInt8], revision: UInt64) {
        self.key = key
        self.value = value
        self.revision = revision
    }
}

/// A compare-and-swap over several records: all conditions hold and all changes are made, or nothing happens.
public struct ConfigTransaction: Sendable, Equatable {
    public enum Change: Sendable, Equatable {
        case put(key: String, value: [UInt8])
        case delete(key: String)
    }

    /// The revision that each key must have; 0: it must not exist.
    public var conditions: [(key: String, revision: UInt64)]
    public var changes: [Change]

    public init(conditions: [(key: String, revision: UInt64)] = [], changes: [Change] = []) {
        self.conditions = conditions
        self.changes = changes
    }

    public static func == (left: ConfigTransaction, right: ConfigTransaction) -> Bool {
        left.changes == right.changes && left.conditions.elementsEqual(right.conditions) { $0 == $1 }
    }
}

public enum ConfigOutcome: Sendable, Equatable {
    case committed(revision: UInt64)
    /// A condition did not hold; nothing was changed.
    case conflict
}

public enum ConfigError: Error, Equatable, Sendable {
    /// The change may have happened, or may still.
    case unknownOutcome
    /// The store cannot be written now; nothing was changed. Says why.
    case readOnly(String)
    case unavailable(String)
}

/// The directory's storage. Two backends: the embedded file on every drive, and etcd.
public protocol ConfigStore: Sendable {
    func get(_ key: String) async throws(ConfigError) -> ConfigRecord?
    /// Records whose keys begin with `prefix`, in key order.
    func list(_ prefix: String) async throws(ConfigError) -> [ConfigRecord]
    /// **Durable** when it returns `committed`.
    func commit(_ transaction: ConfigTransaction) async throws(ConfigError) -> ConfigOutcome
}
