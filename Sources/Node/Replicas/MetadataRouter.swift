import Core
import Directory
import KeyValue
import Metadata
import Replication
import Synchronization

/// `MetadataService` over the shard map: finds the leader, repeats what may be repeated, reads from published rows.
final class MetadataRouter: MetadataService {
    /// How long a request waits for a shard whose leader is changing.
    private static let patience = TimeSpan.seconds(10)
    private static let pause = TimeSpan.milliseconds(10)

    private let hub: ReplicaHub
    private let sessions: SessionTable

    init(hub: ReplicaHub) {
        self.hub = hub
        self.sessions = SessionTable()
    }

    // MARK: Writes

    func execute(_ command: Command, at address: ShardAddress) async throws(MetadataError) -> CommandResult {
        let deadline = hub.clock.now + Self.patience
        let bytes = command.encoded()
        while true {
            let shard = try shard(at: address)
            let session = try await session(of: shard, deadline: deadline)
            guard let slot = await session.slots.take() else { throw .overloaded }
            let request = RequestID(session: session.id, slot: slot.number, counter: slot.counter)
            let outcome: Result<CommandResult, MetadataError>
            do throws(MetadataError) {
                outcome = .success(try await propose(bytes, request, to: shard, deadline: deadline))
            } catch {
                outcome = .failure(error)
            }
            session.slots.give(slot)
            let result = try outcome.get()
            guard result == .staleRequest else { return result }
            // The shard does not know the session: it was replaced. Nothing was changed; open another.
            sessions.drop(session, of: shard)
            guard hub.clock.now < deadline else { throw .unavailable("its session was refused") }
        }
    }

    /// The same request again and again until it has an answer: the shard applies it once.
    private func propose(
        _ command: [UInt8], _ request: RequestID, to shard: ShardID, deadline: Instant
    ) async throws(MetadataError) -> CommandResult {
        var mayHaveHappened = false
        var reason = "it has no leader"
        while true {
            if let leader = hub.leader(of: shard) {
                switch await leader.propose(command, request: request) {
                case .applied(let result): return result
                case .refused(.overloaded): throw .overloaded
                case .refused(.belowMinimum): throw mayHaveHappened ? .unknownOutcome : .belowMinimum
                case .refused(.tooLarge): throw .tooLarge
                case .refused(let refusal): reason = "\(refusal)"
                case .unknown: mayHaveHappened = true
                }
            }
            guard hub.clock.now < deadline, await hub.clock.sleep(for: Self.pause) else {
                throw mayHaveHappened ? .unknownOutcome : .unavailable(reason)
            }
        }
    }

    private func session(of shard: ShardID, deadline: Instant) async throws(MetadataError) -> ShardSession {
        if let session = sessions.session(of: shard) { return session }
        return try await sessions.open(shard) { () async throws(MetadataError) in
            let id = hub.entropy.next() | 1
            let command = Command.openSession(owner: hub.node, session: id)
            _ = try await propose(command.encoded(), .none, to: shard, deadline: deadline)
            return ShardSession(id: id)
        }
    }

    private func shard(at address: ShardAddress) throws(MetadataError) -> ShardID {
        switch address {
        case .system: return .system
        case .shard(let shard): return shard
        case .key(let bucket, let key):
            guard let record = hub.directory.view.shard(holding: KeyPosition.of(bucket, key)) else {
                throw .unavailable("no shard holds the key")
            }
            return record.shard
        }
    }

    // MARK: Reads

    func object(_ bucket: BucketID, _ key: [UInt8], withBody: Bool) async throws(MetadataError) -> StoredObject? {
        try await read(try shard(at: .key(bucket, key))) { (reader) throws(RowError) in
            try reader.cachedObject(bucket, key, withBody: withBody)
        } waiting: { (reader) throws(RowError) in
            try reader.object(bucket, key, withBody: withBody)
        }
    }

    func bucket(named name: String) async throws(MetadataError) -> BucketRecord? {
        try await read(.system) { (reader) throws(RowError) in
            try reader.cachedBucket(named: name)
        } waiting: { (reader) throws(RowError) in
            try reader.bucket(named: name)
        }
    }

    func buckets(after name: String?, prefix: String, limit: Int) async throws(MetadataError) -> [BucketRecord] {
        try await readWaiting(.system) { (reader) throws(RowError) in
            try reader.buckets(after: name, prefix: prefix, limit: limit)
        }
    }

    func list(_ query: ListingQuery, in shard: ShardID) async throws(MetadataError) -> ListingPage {
        try await readWaiting(shard) { (reader) throws(RowError) in try reader.list(query) }
    }

    func bucketConfiguration(_ bucket: BucketID, kind: UInt8) async throws(MetadataError) -> [UInt8]? {
        try await readWaiting(.system) { (reader) throws(RowError) in
            try reader.bucketConfiguration(bucket, kind: kind)
        }
    }

    func user(named name: String) async throws(MetadataError) -> UserRecord? {
        try await readWaiting(.system) { (reader) throws(RowError) in try reader.user(named: name) }
    }

    func users(after name: String?, limit: Int) async throws(MetadataError) -> [UserRecord] {
        try await readWaiting(.system) { (reader) throws(RowError) in try reader.users(after: name, limit: limit) }
    }

    func accessKey(_ id: String) async throws(MetadataError) -> AccessKeyRecord? {
        try await read(.system) { (reader) throws(RowError) in
            try reader.cachedAccessKey(id)
        } waiting: { (reader) throws(RowError) in
            try reader.accessKey(id)
        }
    }

    func accessKeys(of user: String?, after id: String?, limit: Int) async throws(MetadataError) -> [AccessKeyRecord] {
        try await readWaiting(.system) { (reader) throws(RowError) in
            try reader.accessKeys(of: user, after: id, limit: limit)
        }
    }

    func upload(_ name: UploadName) async throws(MetadataError) -> UploadState {
        try await readWaiting(try shard(at: .key(name.bucket, name.key))) { (reader) throws(RowError) in
            try reader.uploadState(name)
        }
    }

    func parts(of name: UploadName, after number: UInt16, limit: Int) async throws(MetadataError) -> PartsPage {
        try await readWaiting(try shard(at: .key(name.bucket, name.key))) { (reader) throws(RowError) in
            try reader.parts(of: name, after: number, limit: limit)
        }
    }

    func uploads(_ query: UploadsQuery, in shard: ShardID) async throws(MetadataError) -> UploadsPage {
        try await readWaiting(shard) { (reader) throws(RowError) in try reader.uploads(query) }
    }

    func partTable(
        _ bucket: BucketID, _ key: [UInt8], ordinal: UInt64, page: Int
    ) async throws(MetadataError) -> PartTablePage? {
        try await read(try shard(at: .key(bucket, key))) { (reader) throws(RowError) in
            try reader.cachedTablePage(bucket, key, ordinal: ordinal, page: page)
        } waiting: { (reader) throws(RowError) in
            try reader.tablePage(bucket, key, ordinal: ordinal, page: page)
        }
    }

    func changes(
        in shard: ShardID, after sequence: SequenceNumber, limit: Int
    ) async throws(MetadataError) -> ChangePage {
        let applied = try await applied(of: shard)
        return try await readWaiting(shard) { (reader) throws(RowError) in
            try reader.changes(after: sequence, applied: applied, limit: limit)
        }
    }

    func applied(of shard: ShardID) async throws(MetadataError) -> SequenceNumber {
        let deadline = hub.clock.now + Self.patience
        while true {
            if let leader = hub.leader(of: shard), leader.readerForReads() != nil {
                return leader.published.withLock { $0.applied }
            }
            guard hub.clock.now < deadline, await hub.clock.sleep(for: Self.pause) else {
                throw .unavailable("its leader does not serve reads")
            }
        }
    }

    func shard(holding bucket: BucketID, _ key: [UInt8]) throws(MetadataError) -> ShardID {
        try shard(at: .key(bucket, key))
    }

    func shards(covering bucket: BucketID) -> [ShardID] {
        hub.directory.view.shards(from: KeyPosition.of(bucket), to: KeyPosition.after(bucket)).map(\.shard)
    }

    /// Reads what memory holds on the spot, else on a thread that may wait. The right to read is looked at before and
    /// after: what was read is answered only if no other leader can have committed in between.
    private func read<Value: Sendable>(
        _ shard: ShardID, cached: (MetadataReader) throws(RowError) -> MetadataReader.Cached<Value>,
        waiting: @escaping @Sendable (MetadataReader) throws(RowError) -> Value
    ) async throws(MetadataError) -> Value {
        let deadline = hub.clock.now + Self.patience
        while true {
            if let leader = hub.leader(of: shard), let reader = leader.readerForReads() {
                let value = try await value(reader, cached: cached, waiting: waiting)
                if leader.readerForReads() != nil { return value }
            }
            guard hub.clock.now < deadline, await hub.clock.sleep(for: Self.pause) else {
                throw .unavailable("its leader does not serve reads")
            }
        }
    }

    /// What memory hardly ever holds whole, such as a scan.
    private func readWaiting<Value: Sendable>(
        _ shard: ShardID, _ waiting: @escaping @Sendable (MetadataReader) throws(RowError) -> Value
    ) async throws(MetadataError) -> Value {
        try await read(shard) { (_) throws(RowError) in
            .unknown
        } waiting: { (reader) throws(RowError) in
            try waiting(reader)
        }
    }

    private func value<Value: Sendable>(
        _ reader: MetadataReader, cached: (MetadataReader) throws(RowError) -> MetadataReader.Cached<Value>,
        waiting: @escaping @Sendable (MetadataReader) throws(RowError) -> Value
    ) async throws(MetadataError) -> Value {
        do throws(RowError) {
            if case .known(let value) = try cached(reader) { return value }
        } catch {
            throw .failed("\(error)")
        }
        let result = await hub.compute.run { () -> Result<Value, RowError> in
            do throws(RowError) { return .success(try waiting(reader)) } catch { return .failure(error) }
        }
        switch result {
        case .success(let value): return value
        case .failure(let error): throw .failed("\(error)")
        }
    }
}
