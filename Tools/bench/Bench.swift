import Core
import HTTP
import S3
import SystemIO

/// What a run has measured.
struct RunResult: Sendable {
    var latencies = Histogram()
    var bytes = 0
    var seconds = 0.0
    var failures: [Failure: Int] = [:]
    var serverCPUSeconds: Double?
    var clientCPUSeconds = 0.0
    var memoryBefore: Int?
    var memoryPeak: Int?
    var memoryAfter: Int?

    var operations: Int { latencies.total }
    var operationsPerSecond: Double { seconds > 0 ? Double(operations) / seconds : 0 }
    var mebibytesPerSecond: Double { seconds > 0 ? Double(bytes) / seconds / 1_048_576 : 0 }

    mutating func merge(_ other: RunResult) {
        latencies.merge(other.latencies)
        bytes += other.bytes
        failures.merge(other.failures) { $0 + $1 }
    }
}

/// Runs plans against one target.
struct Bench: Sendable {
    let machine: Machine
    let target: Target
    let process: ServerProcess?

    init(_ machine: Machine, _ target: Target, _ options: Options) {
        self.machine = machine
        self.target = target
        process = options.pid.map { ServerProcess(pid: $0) } ?? ServerProcess(listeningOn: options.port)
    }

    init(_ machine: Machine, _ target: Target, process: ServerProcess?) {
        self.machine = machine
        self.target = target
        self.process = process
    }

    /// Makes the bucket; that it is there already is as good.
    func makeBucket() async throws(BenchError) {
        let client = Client(machine, target)
        try await client.open()
        defer { client.close() }
        let head = target.bucketHead("PUT", at: machine.clock.wallTime)
        do throws(Failure) {
            try await client.put(head, [])
        } catch .status(409) {
            return
        } catch {
            throw .failed("bucket \(target.root): \(error)")
        }
    }

    func run(_ plan: Plan) async throws(BenchError) -> RunResult {
        let content = Content(size: plan.size, seed: plan.seed, isHashed: plan.payload == .signed && plan.writes)
        if plan.prepares, plan.needsObjects { try await prepare(plan, content) }
        let work = Work(plan, target, content, machine.clock)
        return try await measure(plan.concurrency) { client, number, counter in
            var worker = Worker(client, work, number: number)
            return await worker.run(counter)
        }
    }

    /// Writes every object of the plan once, outside of any measurement.
    private func prepare(_ plan: Plan, _ content: Content) async throws(BenchError) {
        var preparation = plan
        preparation.kind = .put
        preparation.operations = plan.keys
        preparation.duration = .seconds(24 * 3600)
        let hashed = plan.payload == .signed
        let filled = plan.writes || !hashed ? content : Content(size: plan.size, seed: plan.seed, isHashed: true)
        let work = Work(preparation, target, filled, machine.clock)
        let result = try await measure(plan.concurrency) { client, number, counter in
            var worker = Worker(client, work, number: number)
            return await worker.run(counter)
        }
        guard result.failures.isEmpty else { throw .failed("preparing the objects: \(result.failures)") }
    }

    /// Opens the connections, lets every client work from the same moment on, and watches the server meanwhile.
    func measure(
        _ concurrency: Int, _ body: @escaping @Sendable (Client, Int, Counter) async -> RunResult
    ) async throws(BenchError) -> RunResult {
        let counter = Counter()
        let start = machine.clock.now + .milliseconds(200)
        let (machine, target, watcher) = (machine, target, Watcher(process))
        let results = await withTaskGroup(of: Result<RunResult, BenchError>?.self) { group in
            for number in 0..<concurrency {
                let loop = machine.loops.loops[number % machine.loops.loops.count]
                group.addTask(executorPreference: loop) {
                    let client = Client(machine, target)
                    do throws(BenchError) { try await client.open() } catch { return .failure(error) }
                    _ = await machine.clock.sleep(until: start)
                    let result = await body(client, number, counter)
                    client.close()
                    return .success(result)
                }
            }
            group.addTask(executorPreference: machine.loops.loops[0]) {
                await watcher.watch(from: start, machine.clock)
                return nil
            }
            var results: [Result<RunResult, BenchError>] = []
            while results.count < concurrency, let next = await group.next() {
                if let next { results.append(next) }
            }
            watcher.end(machine.clock.now)
            group.cancelAll()
            return results
        }
        var total = watcher.result(from: start)
        for result in results { total.merge(try result.get()) }
        return total
    }
}
