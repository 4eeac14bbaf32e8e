import Core
import KeyValue

/// Users and access keys. An access key's row is found by its ID, and by its user under a row of its own kind.
extension ShardState {
    func carryOut(_ command: IdentityCommand, _ change: inout Change) throws(RowError) -> CommandResult {
        switch command {
        case .createUser(let name, let description):
            if try reader.user(named: name) != nil { return .nameTaken }
            put(UserRecord(name: name, created: change.time, status: .active, description: description), &change)
        case .updateUser(let name, let status, let description):
            guard var user = try reader.user(named: name) else { return .noSuchUser }
            if let status { user.status = status }
            if let description { user.description = description }
            put(user, &change)
        case .deleteUser(let name):
            guard try reader.user(named: name) != nil else { return .noSuchUser }
            guard try reader.accessKeys(of: name, after: nil, limit: 1).isEmpty else { return .userHasAccessKeys }
            change.batch.delete(.rows, keys.user(name))
        case .createAccessKey(let id, let user, let sealedSecret):
            if try reader.accessKey(id) != nil { return .nameTaken }
            guard try reader.user(named: user) != nil else { return .noSuchUser }
            put(
                AccessKeyRecord(
                    id: id, user: user, created: change.time, status: .active, sealedSecret: sealedSecret), &change)
            change.batch.put(.rows, keys.keyOfUser(user, id), [])
        case .updateAccessKey(let id, let status, let sealedSecret):
            guard var key = try reader.accessKey(id) else { return .noSuchAccessKey }
            if let status { key.status = status }
            if let sealedSecret { key.sealedSecret = sealedSecret }
            put(key, &change)
        case .deleteAccessKey(let id):
            guard let key = try reader.accessKey(id) else { return .noSuchAccessKey }
            change.batch.delete(.rows, keys.accessKey(id))
            change.batch.delete(.rows, keys.keyOfUser(key.user, id))
        }
        return .done
    }

    private func put(_ user: UserRecord, _ change: inout Change) {
        change.batch.put(.rows, keys.user(user.name), user.encoded)
    }

    private func put(_ key: AccessKeyRecord, _ change: inout Change) {
        change.batch.put(.rows, keys.accessKey(key.id), key.encoded)
    }
}
