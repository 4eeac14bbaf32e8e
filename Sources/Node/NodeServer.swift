public import Core
import Directory
import FragmentStore
import HTTP
import Journal
import KeyValue
import Metadata
import ObjectStore
import Replication
import S3
import Synchronization
public import SystemIO

/// A node: drives, shards, S3 and admin services, workers. Composition only.
public final class NodeServer: Sendable {
    let settings: NodeSettings
    let loops: EventLoops
    let clock: SystemClock
    let log: Log
    let started: Instant
    let tasks: TaskHost
    let hub: ReplicaHub
    let configStore: EmbeddedConfigStore
    let directory: Directory
    let placement: PlacementKeeper
    let fragmentHub: FragmentHub
    let shardKeeper: ShardKeeper
    let context: ObjectStoreContext
    let metrics = Metrics()
    let identities: IdentityKeeper
    let drain = ServerDrain()
    let refusedFolders: [(path: String, reason: String)]
    /// Drives that enter the directory as soon as it can be written.
    private let waitingDrives = Mutex<[DriveHost]>([])
    private let s3Listener: Listener
    private let adminListener: Listener
    private let tls: TLSServerContext?

    public var s3Port: UInt16 { s3Listener.port }
    public var adminPort: UInt16 { adminListener.port }
    /// Of the store, for messages.
    public var summary: String {
        let view = directory.view
        let pool = view.pools[0].map { "\($0.record.dataCount)+\($0.record.parityCount)" } ?? "?"
        return "\(hub.onlineHosts.count) of \(view.drives.count) drives, \(pool)"
    }

    private init(
        settings: NodeSettings, loops: EventLoops, clock: SystemClock, log: Log, tasks: TaskHost, hub: ReplicaHub,
        configStore: EmbeddedConfigStore, directory: Directory, placement: PlacementKeeper, fragmentHub: FragmentHub,
        context: ObjectStoreContext, refusedFolders: [(path: String, reason: String)], listeners: (Listener, Listener),
        tls: TLSServerContext?
    ) {
        self.settings = settings
        self.loops = loops
        self.clock = clock
        self.log = log
        self.started = clock.now
        self.tasks = tasks
        self.hub = hub
        self.configStore = configStore
        self.directory = directory
        self.placement = placement
        self.fragmentHub = fragmentHub
        self.shardKeeper = ShardKeeper(hub: hub)
        self.context = context
        self.refusedFolders = refusedFolders
        self.identities = IdentityKeeper(
            root: settings.root, sealing: settings.sealingKey, metadata: context.metadata, clock: clock,
            entropy: context.entropy, log: log, salt: "\(hub.node)")
        (s3Listener, adminListener) = listeners
        self.tls = tls
    }

    /// Opens the drives, starts what runs on them, and hands the node to `body`; stops it in order when that returns.
    /// - Throws: if the store cannot start, with nothing changed on any drive.
    public static func run(
        _ settings: NodeSettings, loops: EventLoops, log: Log, body: @Sendable (NodeServer) async -> Void
    ) async throws {
        let tasks = TaskHost(loops: loops)
        let result = await withTaskGroup(of: Void.self) { group -> Result<Void, any Error> in
            group.addTask { await tasks.run() }
            let result: Result<Void, any Error>
            do {
                let node = try await start(settings, loops: loops, log: log, tasks: tasks)
                await node.serve(body)
                result = .success(())
            } catch {
                result = .failure(StartError(ErrorText.of(error)))
            }
            tasks.close()
            group.cancelAll()
            return result
        }
        try result.get()
    }

    private static func start(
        _ settings: NodeSettings, loops: EventLoops, log: Log, tasks: TaskHost
    ) async throws -> NodeServer {
        let tls = try settings.tls.map {
            try TLSServerContext(certificatePath: $0.certificatePath, keyPath: $0.keyPath)
        }
        // The ports are taken before the drives are touched: a second process fails early and harmlessly.
        let listeners = (
            try listen(
                settings.s3, loops,
                ListenerOptions(
                    maximumConnections: settings.maximumConnections, refusal: Gateway.overloadRefusal, tls: tls,
                    log: log)),
            try listen(settings.admin, loops, ListenerOptions(tls: tls, log: log))
        )
        let clock = SystemClock(loops)
        let entropy = SystemEntropy()
        let compute = ComputePool(threads: max(2, settings.loops))
        // However hostile the queries: reads and writes come first.
        let searchCompute = ComputePool(threads: max(2, settings.loops), name: "search", niceness: 10)
        let opener = DriveOpener(
            cache: RocksDBCache(capacityBytes: settings.blockCacheBytes), compute: compute, entropy: entropy, log: log,
            journal: Journal.Configuration(segmentBytes: settings.journalSegmentBytes),
            fragments: FragmentStore.Configuration(
                volumeBytes: settings.volumeBytes, growthBytes: settings.volumeGrowthBytes))
        let drives = try await NodeStart(opener: opener, entropy: entropy, clock: clock, log: log) { host in
            runEngines(of: host, tasks)
        }.open(settings.folders)

        let configStore = EmbeddedConfigStore(
            file: drives.directory,
            drives: Dictionary(uniqueKeysWithValues: drives.hosts.map { ($0.id, $0.drive as any Drive) }),
            readOnlyReason: drives.readOnlyReason, log: log)
        tasks.atClose { configStore.close() }
        tasks.start(onLoop: 0) { await configStore.run() }
        let directory = Directory(store: configStore)
        try await directory.refresh()
        let hub = ReplicaHub(
            node: drives.node, clock: clock, entropy: entropy, compute: compute, searchCompute: searchCompute, log: log,
            directory: directory,
            configStore: configStore, tasks: tasks)
        for host in drives.hosts { hub.add(host) }
        let placement = PlacementKeeper(directory: directory, log: log, minimumParity: settings.minimumParity) {
            Set(hub.onlineHosts.map(\.id))
        }
        let fragmentHub = FragmentHub(hub: hub, placement: placement)
        var limits = ObjectStoreContext.Limits()
        limits.inlineBytes = settings.inlineLimitBytes
        limits.minimumParity = settings.minimumParity
        limits.minimumPartBytes = UInt64(settings.minimumPartBytes)
        let context = ObjectStoreContext(
            metadata: MetadataRouter(hub: hub), search: SearchRouter(hub: hub), fragments: fragmentHub,
            placement: placement, clock: clock,
            entropy: entropy, compute: compute, budget: MemoryBudget(limitBytes: settings.memoryBudgetBytes), log: log,
            limits: limits, region: settings.region, cursorKey: settings.cursorKey)
        let node = NodeServer(
            settings: settings, loops: loops, clock: clock, log: log, tasks: tasks, hub: hub, configStore: configStore,
            directory: directory, placement: placement, fragmentHub: fragmentHub, context: context,
            refusedFolders: drives.refused, listeners: listeners, tls: tls)
        try await node.bringUp(drives)
        return node
    }

    private static func listen(
        _ address: ListenAddress, _ loops: EventLoops, _ options: ListenerOptions
    ) throws(StartError) -> Listener {
        do throws(TransportError) {
            return try Listener(host: address.host, port: address.port, loops: loops, options: options)
        } catch {
            throw StartError("\(ErrorText.of(error)): \(address)")
        }
    }

    private static func runEngines(of host: DriveHost, _ tasks: TaskHost) {
        let loop = Int(truncatingIfNeeded: host.id.low & 0xFF)
        tasks.atClose {
            host.journal.close()
            host.fragments.close()
        }
        tasks.start(onLoop: loop) { await host.journal.run() }
        tasks.start(onLoop: loop) { await host.fragments.run() }
    }

    /// The directory's next generation, then replicas, then workers.
    private func bringUp(_ drives: StartedDrives) async throws {
        hub.onDriveFailure { [self] host in
            placement.invalidate()
            tasks.start(onLoop: 0) { await self.placement.markOut(host.id) }
        }
        waitingDrives.withLock { $0 = drives.added }
        if drives.readOnlyReason == nil {
            try await configStore.begin(startID: context.entropy.next())
            try await enterDrives()
        }
        for host in hub.allHosts { await hub.startReplicas(on: host) }
        for host in hub.allHosts { startKeepers(of: host) }
        tasks.start(onLoop: 0) { [hub] in await DriveKeeper.runTicks(hub) }
        tasks.start(onLoop: 0) { [shardKeeper] in await shardKeeper.run() }
        let collector = GarbageCollector(hub: hub, context: context, delay: settings.garbageDelay)
        tasks.start(onLoop: 1) { await collector.run() }
        let filler = FillWorker(hub: hub, placement: placement, context: context)
        tasks.start(onLoop: 1) { await filler.run() }
        let repairer = RepairWorker(fragmentHub: fragmentHub, context: context, metrics: metrics)
        tasks.start(onLoop: 0) { await repairer.run() }
    }

    /// What the directory must learn of the drives that this process found.
    private func enterDrives() async throws {
        try await follow(hub.allHosts)
        let added = waitingDrives.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        try await register(added)
        let online = Set(hub.onlineHosts.map(\.id))
        for drive in directory.view.drives.keys.sorted() where !online.contains(drive) {
            await placement.markOut(drive)
        }
    }

    /// The operator's word that the directory's missing voters are gone for good; ends the read-only state.
    /// - Returns: false if the directory is another one than the operator has looked at, or not read-only.
    func acceptDirectory(generation: UInt64) async throws -> Bool {
        guard
            case .committed = try await configStore.accept(
                generation: generation, startID: context.entropy.next())
        else { return false }
        try await directory.refresh()
        try await enterDrives()
        return true
    }

    /// The directory knows drives by their labels, and where their folders were last: an empty folder in such a place is
    /// a mount that failed, not a new drive. So it must follow a store that was moved.
    private func follow(_ hosts: [DriveHost]) async throws {
        for host in hosts {
            guard var record = directory.view.drives[host.id], record.path != host.path else { continue }
            log.info("drive has moved", ["drive": host.path, "was": record.path, "id": "\(host.id)"])
            record.path = host.path
            _ = try await directory.commit(
                [.put(key: DirectoryKey.drive(host.id), value: record.encoded())], basedOn: directory.view)
        }
    }

    /// New drives enter the directory before they get their final label.
    private func register(_ added: [DriveHost]) async throws {
        for host in added {
            configStore.add(host.id, host.drive)
            let record = DriveRecord(
                drive: host.id, node: host.label.node, path: host.path, zone: "", added: clock.wallTime)
            _ = try await directory.commit(
                [.put(key: DirectoryKey.drive(host.id), value: record.encoded())], basedOn: directory.view)
            try await host.drive.rename(DriveLabel.preparingPath, to: DriveLabel.path)
            try await host.drive.syncFolder("")
            hub.add(host)
            log.info("drive added", ["drive": host.path, "id": "\(host.id)"])
        }
    }

    private func startKeepers(of host: DriveHost) {
        let keeper = DriveKeeper(hub: hub, host: host)
        tasks.start(onLoop: 0) { await keeper.runFlushes() }
        tasks.start(onLoop: 1) { await keeper.runWatch() }
        tasks.start(onLoop: 1) { await keeper.runSpace() }
        tasks.start(onLoop: 0) { await keeper.runProbe() }
    }

    // MARK: Serving

    private func serve(_ body: @Sendable (NodeServer) async -> Void) async {
        let gateway = Gateway(node: self)
        let admin = AdminService(node: self)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listen(self.s3Listener) { await gateway.handle($0) } }
            group.addTask { await self.listen(self.adminListener) { await admin.handle($0) } }
            await waitUntilReady()
            await body(self)
            await stop()
        }
    }

    private func listen(_ listener: Listener, _ handler: @escaping @Sendable (HTTPExchange) async -> Void) async {
        let (clock, drain) = (clock, drain)
        await listener.run { stream in
            await HTTPServerConnection.serve(stream, clock: clock, drain: drain, handler: handler)
        }
    }

    /// Every shard has a leader that serves.
    public var isReady: Bool {
        let shards = directory.view.allShards
        return !shards.isEmpty && shards.allSatisfy { hub.leader(of: $0.shard)?.readerForReads() != nil }
    }

    private func waitUntilReady() async {
        // Without a directory that can be written, a shard that lost its leader gets no other one: an operator is needed.
        let deadline = clock.now + .seconds(configStore.readOnlyReason == nil ? 30 : 2)
        while !isReady, clock.now < deadline, await clock.sleep(for: .milliseconds(5)) {}
        if !isReady { log.warning("not every shard has a leader yet; serving those that have") }
    }

    public func reloadCertificates() {
        guard let tls else { return }
        do {
            if try tls.reloadIfChanged() { log.info("certificate reloaded", ["path": tls.certificatePath]) }
        } catch {
            log.error("certificate could not be reloaded; the old one stays", ["error": "\(error)"])
        }
    }

    /// Lets requests finish in bounded time, then replicas, then flushes what saves the next start work. Nothing here is
    /// needed for durability.
    private func stop() async {
        s3Listener.close()
        adminListener.close()
        drain.begin()
        let deadline = clock.now + settings.drainTimeout
        while drain.connectionCount > 0, clock.now < deadline, await clock.sleep(for: .milliseconds(10)) {}
        if drain.connectionCount > 0 {
            log.warning("requests were cut off", ["count": "\(drain.connectionCount)"])
            drain.closeAll()
        }
        for host in hub.allHosts where host.isOnline { await DriveKeeper(hub: hub, host: host).flush() }
        for host in hub.allHosts {
            for replica in host.replicas { replica.mailbox.send(.stop) }
        }
        configStore.close()
        for host in hub.allHosts {
            host.journal.close()
            host.fragments.close()
        }
    }
}
