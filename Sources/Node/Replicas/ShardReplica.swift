import Core
import Journal
import KeyValue
import Metadata
import Replication
import Synchronization

/// What came of a proposal.
enum ProposalOutcome: Sendable {
    case applied(CommandResult)
    case refused(Refusal)
    case unknown
}

/// What a replica needs of its node.
protocol ReplicaEnvironment: Sendable {
    var clock: any Clock { get }
    var entropy: any Entropy { get }
    var compute: any Compute { get }
    /// For indexing and searching, which stand back for everything else.
    var searchCompute: any Compute { get }
    var log: Log { get }
    /// The lease machine's present view.
    func leases() -> LeaseView
    /// Hands a message, in wire form, to the node that hosts its addressee.
    func send(_ message: [UInt8], to member: Member)
    func swap(_ record: ShardRecord) async -> SwapResult
    /// nil while the directory cannot be read.
    func readDirectory(_ shard: ShardID) async -> ShardRecord?
    /// The drive's journal or rows cannot be written or read any more, for any replica.
    func driveFailed(_ host: DriveHost, _ reason: String)
    /// This replica's rows or log can no longer be trusted; its drive is well.
    func replicaFailed(_ replica: ShardReplica, _ reason: String)
    func retired(_ replica: ShardReplica)
}

/// One replica of one shard: drives the protocol machine, the journal and the rows.
///
/// Everything happens in the task that calls `run`; others send to the mailbox. Reads do not come here: they use what
/// `published` holds.
final class ShardReplica: Sendable {
    enum Input: Sendable {
        case event(ReplicaEvent)
        case propose(command: [UInt8], request: RequestID, OneShot<ProposalOutcome>)
        case persisted(WriteTicket)
        /// The rows up to this sequence are flushed.
        case flushed(SequenceNumber)
        case stop
    }

    struct Published: Sendable {
        var service = Service.none
        var record: ShardRecord?
        var reader: MetadataReader?
        var committed = SequenceNumber.zero
        var applied = SequenceNumber.zero
        var halted: Alarm?
        var timer = Instant.never
        var isRunning = false
    }

    let shard: ShardID
    let me: Member
    let store: StoreID
    let host: DriveHost
    let environment: any ReplicaEnvironment
    let mailbox = Mailbox<Input>()
    let published = Mutex(Published())
    /// Of a shard that holds objects; the system shard's stays empty.
    let index = ShardIndex()

    init(shard: ShardID, me: Member, store: StoreID, host: DriveHost, environment: any ReplicaEnvironment) {
        self.shard = shard
        self.me = me
        self.store = store
        self.host = host
        self.environment = environment
    }

    /// Runs until it is stopped, retired, or its drive fails.
    func run() async {
        let driver: ReplicaDriver
        do throws(ReplicaStartError) {
            driver = try await ReplicaDriver.start(self)
        } catch {
            switch error {
            case .rows(.store(let error)): environment.driveFailed(host, ErrorText.of(error))
            case .journal(.failed(let error)): environment.driveFailed(host, ErrorText.of(JournalError.failed(error)))
            case .rows(let error): environment.replicaFailed(self, ErrorText.of(error))
            case .journal(let error): environment.replicaFailed(self, ErrorText.of(error))
            case .note(let error): environment.replicaFailed(self, "its note cannot be read: \(ErrorText.of(error))")
            case .entries(let what): environment.replicaFailed(self, what)
            }
            return
        }
        published.withLock { $0.isRunning = true }
        await withDiscardingTaskGroup { group in
            if shard != .system { group.addTask { [self] in await ShardIndexWorker(self).run() } }
            // The first step may have left jobs already.
            for job in driver.takeJobs() { group.addTask { await job() } }
            while driver.isRunning, let inputs = await mailbox.receive() {
                await driver.take(inputs)
                for job in driver.takeJobs() { group.addTask { await job() } }
            }
            mailbox.close()
            index.mailbox.close()
            driver.abandon()
        }
        published.withLock { published in
            published.isRunning = false
            published.service = .none
        }
    }

    /// Applies a command once it is committed; exactly one answer.
    func propose(_ command: [UInt8], request: RequestID) async -> ProposalOutcome {
        let reply = OneShot<ProposalOutcome>()
        guard mailbox.send(.propose(command: command, request: request, reply)) else {
            return .refused(.notServing)
        }
        return await reply.value()
    }

    /// The rows, if a read may be answered from them now. Ask again after the read and before the answer.
    func readerForReads() -> MetadataReader? {
        let (service, reader) = published.withLock { ($0.service, $0.reader) }
        guard let reader, service.reads != nil,
            environment.leases().permits(reads: service, now: environment.clock.now)
        else { return nil }
        return reader
    }
}

enum ReplicaStartError: Error, Equatable {
    case rows(RowError)
    case journal(JournalError)
    case note(CodecError)
    case entries(String)
}
