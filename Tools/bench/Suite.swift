import Core
import HTTP
import SystemIO

/// The table of workloads with the floors that they are held to.
struct Suite {
    enum Unit { case operations, mebibytes, memory, seconds }

    struct Row {
        let number: Int
        let name: String
        let floor: Double
        let unit: Unit
    }

    private let options: Options
    private let machine: Machine

    init(_ options: Options, _ machine: Machine) {
        self.options = options
        self.machine = machine
    }

    static let rows = [
        Row(number: 1, name: "PUT 4 KiB, 16 clients", floor: 2500, unit: .operations),
        Row(number: 2, name: "GET 4 KiB, 16 clients", floor: 10_000, unit: .operations),
        Row(number: 3, name: "PUT 1 MiB, 8 clients", floor: 250, unit: .mebibytes),
        Row(number: 4, name: "GET 1 MiB, 8 clients, warm", floor: 1200, unit: .mebibytes),
        Row(number: 5, name: "PUT 64 MiB, 2 clients", floor: 300, unit: .mebibytes),
        Row(number: 6, name: "GET 64 MiB, 2 clients, warm", floor: 1200, unit: .mebibytes),
        Row(number: 7, name: "LIST, 1,000 keys a page", floor: 200, unit: .operations),
        Row(number: 8, name: "memory idle", floor: 100, unit: .memory),
        Row(number: 9, name: "memory, 16 + 16 streams", floor: 600, unit: .memory),
        Row(number: 10, name: "start after SIGKILL", floor: 5, unit: .seconds),
        Row(number: 11, name: "HEAD, 16 clients", floor: 0, unit: .operations),
        Row(number: 12, name: "DELETE, 16 clients", floor: 0, unit: .operations),
    ]

    /// In an order that spares work: idle memory before any load; the restart last, with all the objects there.
    private static let order = [8, 1, 2, 11, 12, 3, 4, 5, 6, 7, 9, 10]

    /// Returns false if an operation failed or a floor was missed.
    func run() async throws(BenchError) -> Bool {
        let bench = Bench(machine, try Target(options), options)
        try await bench.makeBucket()
        var results: [(row: Row, outcome: Outcome?)] = []
        for number in Self.order where options.only.isEmpty || options.only.contains(number) {
            guard let row = Self.rows.first(where: { $0.number == number }) else { continue }
            complain("\(row.name) …")
            results.append((row, try await measure(row, bench)))
        }
        results.sort { $0.row.number < $1.row.number }
        if options.isJSON {
            print("[" + results.compactMap { json($0.row, $0.outcome) }.joined(separator: ",") + "]")
        } else {
            print(line("workload", "measured", "floor", ""))
            for (row, outcome) in results { print(line(row, outcome)) }
        }
        return results.allSatisfy { row, outcome in outcome.map { $0.failures.isEmpty && meets(row, $0) } ?? true }
    }

    private struct Outcome {
        var value: Double
        var detail = ""
        var failures: [Failure: Int] = [:]
    }

    /// nil for what cannot be measured from here.
    private func measure(_ row: Row, _ bench: Bench) async throws(BenchError) -> Outcome? {
        switch row.number {
        case 1: return try await workload(bench, .put, 4 << 10, 16, row)
        case 2: return try await workload(bench, .get, 4 << 10, 16, row)
        case 3: return try await workload(bench, .put, 1 << 20, 8, row)
        case 4: return try await workload(bench, .get, 1 << 20, 8, row)
        case 5: return try await workload(bench, .put, 64 << 20, 2, row)
        case 6: return try await workload(bench, .get, 64 << 20, 2, row)
        case 7: return try await listing(bench, row)
        case 8: return bench.process.map { Outcome(value: Double($0.residentBytes) / 1_048_576) }
        case 9: return try await streams(bench)
        case 10: return try await restart()
        case 11: return try await workload(bench, .head, 4 << 10, 16, row)
        case 12: return try await workload(bench, .delete, 4 << 10, 16, row)
        default: return nil
        }
    }

    private func plan(_ kind: WorkloadKind, _ size: Int, _ concurrency: Int) -> Plan {
        var plan = Plan(kind, options)
        plan.size = size
        plan.concurrency = concurrency
        plan.keys = options.keys ?? Plan.defaultKeys(size)
        plan.prefix = "\(options.prefix)\(kind == .delete ? "delete-" : "")\(size)/"
        return plan
    }

    private func workload(
        _ bench: Bench, _ kind: WorkloadKind, _ size: Int, _ concurrency: Int, _ row: Row
    ) async throws(BenchError) -> Outcome {
        let plan = plan(kind, size, concurrency)
        let result = try await bench.run(plan)
        var detail =
            "p50 \(milliseconds(result.latencies.percentile(0.5))) ms, "
            + "p99 \(milliseconds(result.latencies.percentile(0.99))) ms"
        let perOperation = 1e6 / Double(max(1, result.operations))
        if let server = result.serverCPUSeconds { detail += ", server \(fixed(server * perOperation, 0)) µs" }
        detail += ", client \(fixed(result.clientCPUSeconds * perOperation, 0)) µs"
        if let folder = options.limitsFolder {
            for limit in try await Limits(machine, folder: folder, options).measure(plan) {
                detail += "\n      limit: " + limit.text(beside: result)
            }
        }
        let value = row.unit == .mebibytes ? result.mebibytesPerSecond : result.operationsPerSecond
        return Outcome(value: value, detail: detail, failures: result.failures)
    }

    /// Empty objects, written unless the last of them is there already.
    private func listing(_ bench: Bench, _ row: Row) async throws(BenchError) -> Outcome {
        var plan = plan(.list, 0, 4)
        plan.keys = options.listObjects
        plan.prefix = options.prefix + "list/"
        plan.prepares = try await !exists(bench, plan.name(plan.keys - 1))
        var filling = plan
        filling.concurrency = 32
        if plan.prepares {
            complain("  writing \(plan.keys) empty objects")
            filling.kind = .put
            filling.operations = plan.keys
            filling.duration = .seconds(24 * 3600)
            let result = try await bench.run(filling)
            guard result.failures.isEmpty else { throw .failed("writing the objects to list: \(result.failures)") }
            plan.prepares = false
        }
        let result = try await bench.run(plan)
        let detail =
            "of \(plan.keys) objects, p50 \(milliseconds(result.latencies.percentile(0.5))) ms, "
            + "p99 \(milliseconds(result.latencies.percentile(0.99))) ms"
        return Outcome(value: result.operationsPerSecond, detail: detail, failures: result.failures)
    }

    private func exists(_ bench: Bench, _ key: String) async throws(BenchError) -> Bool {
        let client = Client(machine, bench.target)
        try await client.open()
        defer { client.close() }
        do throws(Failure) {
            try await client.send(bench.target.head("HEAD", key, at: machine.clock.wallTime), expecting: 200)
            return true
        } catch .status(404) {
            return false
        } catch {
            throw .failed("HEAD \(key): \(error)")
        }
    }

    /// Peak memory while 16 clients write and 16 read an object each.
    private func streams(_ bench: Bench) async throws(BenchError) -> Outcome? {
        guard bench.process != nil else { return nil }
        var writing = plan(.put, options.streamSize, 16)
        writing.keys = 16
        writing.operations = 16
        writing.duration = .seconds(3600)
        var reading = writing
        reading.kind = .get
        reading.keys = 2
        reading.prefix += "read/"
        // What the readers read is written before; then both at once.
        var first = reading
        first.kind = .put
        first.operations = 2
        first.concurrency = 2
        _ = try await bench.run(first)
        reading.prepares = false
        let both = await withTaskGroup(of: Result<RunResult, BenchError>.self) { group in
            for plan in [writing, reading] {
                group.addTask {
                    do throws(BenchError) { return .success(try await bench.run(plan)) } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var outcome = Outcome(value: 0)
        var rate = 0.0
        for result in both {
            let result = try result.get()
            outcome.value = max(outcome.value, Double(result.memoryPeak ?? 0) / 1_048_576)
            outcome.failures.merge(result.failures) { $0 + $1 }
            rate += result.mebibytesPerSecond
        }
        outcome.detail = "of \(sizeText(options.streamSize)), \(fixed(rate, 0)) MiB/s together"
        return outcome
    }

    /// Kills the server and times the way to its first answer to a signed request.
    private func restart() async throws(BenchError) -> Outcome? {
        guard let command = options.restart else { return nil }
        let restart = Restart(machine, options)
        return Outcome(value: try await restart.measure(command))
    }

    private func meets(_ row: Row, _ outcome: Outcome) -> Bool {
        switch row.unit {
        case .operations, .mebibytes: outcome.value >= row.floor
        case .memory, .seconds: outcome.value <= row.floor
        }
    }

    private func valueText(_ value: Double, _ unit: Unit) -> String {
        switch unit {
        case .operations: fixed(value, 0) + " /s"
        case .mebibytes: fixed(value, 0) + " MiB/s"
        case .memory: fixed(value, 0) + " MB"
        case .seconds: fixed(value, 2) + " s"
        }
    }

    private func line(_ row: Row, _ outcome: Outcome?) -> String {
        let name = "\(row.number) \(row.name)"
        let floor = row.floor == 0 ? "" : valueText(row.floor, row.unit)
        guard let outcome else { return line(name, "not measured", floor, "") }
        var remarks = outcome.detail.isEmpty ? [] : [outcome.detail]
        if row.floor > 0 { remarks.insert(meets(row, outcome) ? "ok" : "MISSED", at: 0) }
        if !outcome.failures.isEmpty { remarks.append("FAILED \(outcome.failures)") }
        return line(name, valueText(outcome.value, row.unit), floor, remarks.joined(separator: "  "))
    }

    private func json(_ row: Row, _ outcome: Outcome?) -> String? {
        guard let outcome else { return nil }
        let failures = outcome.failures.values.reduce(0, +)
        return "{\"number\":\(row.number),\"name\":\"\(row.name)\",\"unit\":\"\(row.unit)\","
            + "\"value\":\(fixed(outcome.value, 3)),\"floor\":\(fixed(row.floor, 3)),"
            + "\"meets\":\(meets(row, outcome)),\"failures\":\(failures)}"
    }

    private func line(_ name: String, _ value: String, _ floor: String, _ detail: String) -> String {
        padded(name, 32) + padded(value, 14) + padded(floor, 14) + detail
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
