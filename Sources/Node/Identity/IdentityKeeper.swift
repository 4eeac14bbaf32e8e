import Core
import Metadata
import ObjectStore
import S3
import Synchronization

/// Who asks: the root user of the configuration, and the users whose access keys the system shard keeps.
///
/// Keys are remembered for a few seconds, so a key that was disabled or deleted is refused everywhere within that time;
/// on the node that did it at once.
final class IdentityKeeper: Sendable {
    static let rootUser = "root"
    private static let remembered = TimeSpan.seconds(5)
    private static let capacity = 10_000

    private struct Entry {
        var credential: Credential?
        var until: Instant
    }

    private let root: NodeSettings.Credentials
    private let sealing: SealingKey
    private let metadata: any MetadataService
    private let clock: any Clock
    private let entropy: any Entropy
    private let log: Log
    /// Makes canonical user IDs of this store differ from another's.
    private let salt: String
    private let cache = Mutex<[String: Entry]>([:])

    init(
        root: NodeSettings.Credentials, sealing: SealingKey, metadata: any MetadataService, clock: any Clock,
        entropy: any Entropy, log: Log, salt: String
    ) {
        self.root = root
        self.sealing = sealing
        self.metadata = metadata
        self.clock = clock
        self.entropy = entropy
        self.log = log
        self.salt = salt
    }

    /// nil if there is no such key, or it or its user is disabled.
    func credential(of accessKey: String) async throws(S3Error) -> Credential? {
        if accessKey == root.accessKey { return Credential(secretKey: root.secretKey, user: Self.rootUser) }
        let now = clock.now
        if let entry = cache.withLock({ $0[accessKey] }), entry.until > now { return entry.credential }
        let credential: Credential?
        do throws(MetadataError) { credential = try await read(accessKey) } catch { throw S3Error(error) }
        cache.withLock { cache in
            if cache.count >= Self.capacity { cache.removeAll() }
            cache[accessKey] = Entry(credential: credential, until: now + Self.remembered)
        }
        return credential
    }

    private func read(_ accessKey: String) async throws(MetadataError) -> Credential? {
        guard (1...128).contains(accessKey.utf8.count), let key = try await metadata.accessKey(accessKey),
            key.status == .active, let user = try await metadata.user(named: key.user), user.status == .active
        else { return nil }
        do throws(SealingKey.Failure) {
            let secret = try sealing.open(key.sealedSecret, for: accessKey)
            return Credential(secretKey: String(decoding: secret, as: UTF8.self), user: user.name)
        } catch {
            log.error(
                "the secret of an access key cannot be opened: was the master key changed?",
                ["accessKey": accessKey, "error": "\(error)", "masterKey": sealing.id])
            return nil
        }
    }

    func requester(_ user: String, accessKey: String) -> Requester {
        Requester(
            owner: Owner(
                id: Hexadecimal.encode(Digest.of(Array("\(salt)/\(user)".utf8), .sha256)),
                displayName: user == Self.rootUser ? accessKey : user),
            isRoot: user == Self.rootUser)
    }

    // MARK: Administration

    func users() async throws(MetadataError) -> [UserRecord] {
        var all: [UserRecord] = []
        while true {
            let page = try await metadata.users(after: all.last?.name, limit: 1000)
            all += page
            if page.count < 1000 { return all }
        }
    }

    func accessKeys(of user: String?) async throws(MetadataError) -> [AccessKeyRecord] {
        var all: [AccessKeyRecord] = []
        while true {
            let page = try await metadata.accessKeys(of: user, after: all.last?.id, limit: 1000)
            all += page
            if page.count < 1000 { return all }
        }
    }

    func change(_ command: IdentityCommand) async throws(MetadataError) -> CommandResult {
        let result = try await metadata.execute(.identity(command), at: .system)
        cache.withLock { $0.removeAll() }
        return result
    }

    /// A new key; its secret is told here and never again.
    func createAccessKey(
        for user: String
    ) async throws(MetadataError) -> (id: String, secret: String, result: CommandResult) {
        let id = "RK" + random(18, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        let secret = random(40, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let sealed = sealing.seal(Array(secret.utf8), for: id, entropy)
        return (id, secret, try await change(.createAccessKey(id: id, user: user, sealedSecret: sealed)))
    }

    /// - Parameter alphabet: a power of two of characters, at most 64, so that each is as likely.
    private func random(_ count: Int, of alphabet: String) -> String {
        let characters = Array(alphabet)
        return String((0..<count).map { _ in characters[Int(entropy.next() >> 32) % characters.count] })
    }
}
