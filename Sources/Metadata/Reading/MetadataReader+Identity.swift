import Core
import KeyValue

/// Users and access keys, in the system shard.
extension MetadataReader {
    public func user(named name: String) throws(RowError) -> UserRecord? {
        guard let row = try get(.rows, keys.user(name)) else { return nil }
        do throws(CodecError) { return try UserRecord(name: name, row) } catch { throw .undecodable(error) }
    }

    /// In the order of their names' bytes, after `name` if given.
    public func users(after name: String?, limit: Int) throws(RowError) -> [UserRecord] {
        var list: [UserRecord] = []
        guard limit > 0 else { return list }
        try scan(.rows, keys.kindPrefix(.user), after: name.map { keys.user($0) }) { (row, value) throws(CodecError) in
            list.append(try UserRecord(name: try Self.name(row[RowKeys.kindBytes...]), value))
            return list.count < limit
        }
        return list
    }

    public func accessKey(_ id: String) throws(RowError) -> AccessKeyRecord? {
        guard let row = try get(.rows, keys.accessKey(id)) else { return nil }
        do throws(CodecError) { return try AccessKeyRecord(id: id, row) } catch { throw .undecodable(error) }
    }

    public func cachedAccessKey(_ id: String) throws(RowError) -> Cached<AccessKeyRecord?> {
        switch try cached(.rows, keys.accessKey(id)) {
        case .unknown: return .unknown
        case .missing: return .known(nil)
        case .found(let row):
            do throws(CodecError) {
                return .known(try AccessKeyRecord(id: id, row))
            } catch {
                throw .undecodable(error)
            }
        }
    }

    /// In the order of their IDs' bytes, after `id` if given; of one user, or of all.
    public func accessKeys(of user: String?, after id: String?, limit: Int) throws(RowError) -> [AccessKeyRecord] {
        guard limit > 0 else { return [] }
        guard let user else {
            var list: [AccessKeyRecord] = []
            try scan(.rows, keys.kindPrefix(.accessKey), after: id.map { keys.accessKey($0) }) {
                (row, value) throws(CodecError) in
                list.append(try AccessKeyRecord(id: try Self.name(row[RowKeys.kindBytes...]), value))
                return list.count < limit
            }
            return list
        }
        guard IdentityCommand.lengths.contains(user.utf8.count) else { return [] }
        var ids: [String] = []
        let prefix = keys.keyOfUser(user, nil)
        try scan(.rows, prefix, after: id.map { keys.keyOfUser(user, $0) }) { (row, _) throws(CodecError) in
            ids.append(try Self.name(row[prefix.count...]))
            return ids.count < limit
        }
        var list: [AccessKeyRecord] = []
        for id in ids {
            // Removed between the two reads: it is not the user's any more.
            if let key = try accessKey(id) { list.append(key) }
        }
        return list
    }

    private static func name(_ bytes: ArraySlice<UInt8>) throws(CodecError) -> String {
        guard let name = String(validating: bytes, as: UTF8.self) else { throw .field("name in a row's key") }
        return name
    }
}
