import Core

/// A plan's figures, for people or for programs.
struct Report: Sendable {
    let plan: Plan
    let result: RunResult
    var limits: [LimitResult] = []

    init(_ plan: Plan, _ result: RunResult) {
        self.plan = plan
        self.result = result
    }

    private static let percentiles: [(name: String, fraction: Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999),
    ]

    var text: String {
        var lines = [
            "\(plan.kind.rawValue)  \(sizeText(plan.size)) × \(plan.keys) keys, \(plan.concurrency) clients, "
                + "\(plan.payload.rawValue) payload"
        ]
        lines.append(
            "  \(fixed(result.operationsPerSecond, 0)) ops/s   \(fixed(result.mebibytesPerSecond, 1)) MiB/s   "
                + "\(result.operations) operations in \(fixed(result.seconds, 2)) s")
        let latencies = Self.percentiles.map { "\($0.name) \(milliseconds(result.latencies.percentile($0.fraction)))" }
        lines.append("  ms: " + latencies.joined(separator: "  ") + "  max \(milliseconds(result.latencies.maximum))")
        let perOperation = 1e6 / Double(max(1, result.operations))
        var processor = "  CPU per operation: client \(fixed(result.clientCPUSeconds * perOperation, 1)) µs"
        if let server = result.serverCPUSeconds { processor += ", server \(fixed(server * perOperation, 1)) µs" }
        lines.append(processor)
        if let before = result.memoryBefore, let peak = result.memoryPeak, let after = result.memoryAfter {
            lines.append(
                "  server memory: \(mebibytes(before)) before, \(mebibytes(peak)) peak, \(mebibytes(after)) after")
        } else {
            lines.append("  server process not found: no figures of its CPU and memory (--pid)")
        }
        for (failure, count) in failures { lines.append("  FAILED \(count) × \(failure)") }
        for limit in limits { lines.append("  limit: " + limit.text(beside: result)) }
        return lines.joined(separator: "\n")
    }

    var json: String {
        var fields = [
            "\"workload\":\"\(plan.kind.rawValue)\"", "\"sizeBytes\":\(plan.size)", "\"keys\":\(plan.keys)",
            "\"concurrency\":\(plan.concurrency)", "\"payload\":\"\(plan.payload.rawValue)\"",
            "\"operations\":\(result.operations)", "\"bytes\":\(result.bytes)",
            "\"seconds\":\(fixed(result.seconds, 4))",
            "\"operationsPerSecond\":\(fixed(result.operationsPerSecond, 2))",
            "\"mebibytesPerSecond\":\(fixed(result.mebibytesPerSecond, 2))",
        ]
        let latencies =
            Self.percentiles.map { "\"\($0.name)\":\(result.latencies.percentile($0.fraction))" }
            + ["\"max\":\(result.latencies.maximum)"]
        fields.append("\"latencyNanoseconds\":{\(latencies.joined(separator: ","))}")
        fields.append("\"clientCPUSeconds\":\(fixed(result.clientCPUSeconds, 3))")
        if let server = result.serverCPUSeconds { fields.append("\"serverCPUSeconds\":\(fixed(server, 3))") }
        if let before = result.memoryBefore, let peak = result.memoryPeak, let after = result.memoryAfter {
            fields.append("\"serverMemoryBytes\":{\"before\":\(before),\"peak\":\(peak),\"after\":\(after)}")
        }
        fields.append("\"failures\":{\(failures.map { "\"\($0)\":\($1)" }.joined(separator: ","))}")
        fields.append("\"limits\":[\(limits.map(\.json).joined(separator: ","))]")
        return "{\(fields.joined(separator: ","))}"
    }

    private var failures: [(String, Int)] {
        result.failures.map { ("\($0.key)".filter { $0 != "\"" && $0 != "\\" }, $0.value) }.sorted { $0.0 < $1.0 }
    }
}

/// Without Foundation: so many digits behind the point.
func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, value.magnitude < 1e15 else { return "0" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int64((value * scale).rounded())
    guard digits > 0 else { return "\(scaled)" }
    let (whole, rest) = (scaled.magnitude / UInt64(scale), String(scaled.magnitude % UInt64(scale)))
    return (scaled < 0 ? "-" : "") + "\(whole)." + String(repeating: "0", count: digits - rest.count) + rest
}

func milliseconds(_ nanoseconds: UInt64) -> String { fixed(Double(nanoseconds) / 1e6, 2) }

func mebibytes(_ bytes: Int) -> String { fixed(Double(bytes) / 1_048_576, 0) + " MiB" }

func sizeText(_ bytes: Int) -> String {
    switch bytes {
    case (1 << 30)...: fixed(Double(bytes) / Double(1 << 30), bytes % (1 << 30) == 0 ? 0 : 2) + " GiB"
    case (1 << 20)...: fixed(Double(bytes) / Double(1 << 20), bytes % (1 << 20) == 0 ? 0 : 2) + " MiB"
    case (1 << 10)...: fixed(Double(bytes) / Double(1 << 10), bytes % (1 << 10) == 0 ? 0 : 2) + " KiB"
    default: "\(bytes) B"
    }
}
