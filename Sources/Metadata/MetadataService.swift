public import Core

/// Why a shard did not answer.
public enum MetadataError: Error, Equatable, Sendable {
    /// No leader serves the shard now; says why. Trying again may help.
    case unavailable(String)
    /// Too few members to commit anything.
    case belowMinimum
    /// Too much is in flight: the client should slow down.
    case overloaded
    /// The write may have been committed, or may still be.
    case unknownOutcome
    /// The rows could not be read.
    case failed(String)
    case tooLarge
}

/// Which shard a command goes to.
public enum ShardAddress: Sendable, Hashable {
    case system
    /// The shard that holds this key.
    case key(BucketID, [UInt8])
    case shard(ShardID)
}

/// The metadata shards, wherever their leaders are. Reads are linearizable: they show every write that was acknowledged
/// before they began.
public protocol MetadataService: Sendable {
    /// Returns once the command is committed, **durable on every member**, and applied at the leader. A command that is
    /// retried inside is applied once.
    func execute(_ command: Command, at address: ShardAddress) async throws(MetadataError) -> CommandResult
    func object(_ bucket: BucketID, _ key: [UInt8], withBody: Bool) async throws(MetadataError) -> StoredObject?
    func bucket(named name: String) async throws(MetadataError) -> BucketRecord?
    func buckets(after name: String?, prefix: String, limit: Int) async throws(MetadataError) -> [BucketRecord]
    /// The shards that cover a bucket, in key order.
    func shards(covering bucket: BucketID) -> [ShardID]
    func shard(holding bucket: BucketID, _ key: [UInt8]) throws(MetadataError) -> ShardID
    func list(_ query: ListingQuery, in shard: ShardID) async throws(MetadataError) -> ListingPage
    func bucketConfiguration(_ bucket: BucketID, kind: UInt8) async throws(MetadataError) -> [UInt8]?

    /// Changes of a shard's objects after a sequence, up to `limit` and a command more.
    func changes(
        in shard: ShardID, after sequence: SequenceNumber, limit: Int
    ) async throws(MetadataError) -> ChangePage
    /// The sequence up to which the shard's leader has applied its log: everything that was acknowledged.
    func applied(of shard: ShardID) async throws(MetadataError) -> SequenceNumber

    func user(named name: String) async throws(MetadataError) -> UserRecord?
    func users(after name: String?, limit: Int) async throws(MetadataError) -> [UserRecord]
    func accessKey(_ id: String) async throws(MetadataError) -> AccessKeyRecord?
    /// Of one user, or of all.
    func accessKeys(of user: String?, after id: String?, limit: Int) async throws(MetadataError) -> [AccessKeyRecord]

    func upload(_ name: UploadName) async throws(MetadataError) -> UploadState
    func parts(of name: UploadName, after number: UInt16, limit: Int) async throws(MetadataError) -> PartsPage
    func uploads(_ query: UploadsQuery, in shard: ShardID) async throws(MetadataError) -> UploadsPage
    /// A page of the part table of a version, by its record's body ordinal; nil once the version was discarded and
    /// collected.
    func partTable(
        _ bucket: BucketID, _ key: [UInt8], ordinal: UInt64, page: Int
    ) async throws(MetadataError) -> PartTablePage?
}
