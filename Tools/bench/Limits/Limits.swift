import Core
import Glibc

/// What the machine allows, measured in the same run.
struct LimitResult: Sendable {
    let name: String
    let operationsPerSecond: Double
    let mebibytesPerSecond: Double
    /// Instead of figures: why there are none.
    var note: String?

    func text(beside result: RunResult) -> String {
        if let note { return "\(name): \(note)" }
        let share = operationsPerSecond > 0 ? result.operationsPerSecond / operationsPerSecond * 100 : 0
        return "\(name): \(fixed(operationsPerSecond, 0)) ops/s, \(fixed(mebibytesPerSecond, 1)) MiB/s of objects; "
            + "the store reached \(fixed(share, 0)) %"
    }

    var json: String {
        if let note { return "{\"name\":\"\(name)\",\"note\":\"\(note)\"}" }
        return "{\"name\":\"\(name)\",\"operationsPerSecond\":\(fixed(operationsPerSecond, 2)),"
            + "\"mebibytesPerSecond\":\(fixed(mebibytesPerSecond, 2))}"
    }
}

struct Limits: Sendable {
    private let machine: Machine
    private let folder: String
    private let files: Int?
    private let dataFiles: Int?

    /// Objects up to this size travel in the metadata entry: three copies instead of fragments.
    private static let inlineBytes = 16 << 10

    init(_ machine: Machine, folder: String, _ options: Options) {
        self.machine = machine
        self.folder = folder
        files = options.limitFiles
        dataFiles = options.limitData
    }

    /// Those that bound the plan's workload.
    func measure(_ plan: Plan) async throws(BenchError) -> [LimitResult] {
        mkdir(folder, 0o755)
        switch plan.kind {
        case .put, .delete: return [try await appends(plan)]
        case .get, .head: return [try await fileServer(plan)]
        case .mixed: return [try await appends(plan), try await fileServer(plan)]
        case .query, .list: return []
        }
    }

    private func appends(_ plan: Plan) async throws(BenchError) -> LimitResult {
        let isInline = plan.size <= Self.inlineBytes || plan.kind == .delete
        let limit = AppendLimit(
            machine, folder: folder + "/appends", files: files ?? (isInline ? 3 : 6),
            dataFiles: dataFiles ?? (isInline ? 1 : 4), objectBytes: plan.kind == .delete ? 0 : plan.size)
        do throws(DriveError) {
            return try await limit.measure(concurrency: plan.concurrency, plan.duration)
        } catch {
            throw .failed("synced appends in \(folder): \(error)")
        }
    }

    private func fileServer(_ plan: Plan) async throws(BenchError) -> LimitResult {
        try await FileServerLimit(machine, folder: folder + "/nginx").measure(plan)
    }
}
