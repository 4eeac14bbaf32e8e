import Core
import TestSupport
import Testing

@testable import Replication

#if canImport(Glibc)
    import Glibc
#endif

func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// The outcome of one seed.
struct SimulationResult {
    var failure: String?
    var operations: Int
    var steps: Int
    var epochs: Int
    /// How often an operator had to revive an heir.
    var revivals = 0
}

func simulate(seed: UInt64, rules: RuleSet = .all, isTracing: Bool = false) -> SimulationResult {
    var random = SplitMix64(seed: seed)
    let plan = SimulationPlan(seed: seed, rules: rules, random: &random)
    let world = World(plan: plan, random: random)
    defer { world.end() }
    world.isTracing = isTracing
    if isTracing { print(plan) }
    for node in world.nodes { world.after(.milliseconds(1 + world.random.below(50))) { node.startProcess() } }
    for client in world.clients { world.after(.milliseconds(world.random.below(300))) { client.begin() } }
    world.every(.milliseconds(150)) { world.controller.look() }
    world.every(.milliseconds(50)) {
        for node in world.nodes {
            node.process?.watchDrives()
            node.process?.releaseForAbsentLeader()
        }
    }
    world.after(.milliseconds(500)) { world.faults.start() }
    world.at(plan.faultEnd) { world.faults.stop() }
    world.run(until: plan.end)
    if world.checker.failure == nil {
        for client in world.clients where client.lastEnd + 1_500_000_000 < plan.end {
            world.checker.fail(
                "no progress: client \(client.session) ended its last request at \(client.lastEnd / 1_000_000) ms")
        }
    }
    return SimulationResult(
        failure: world.checker.failure, operations: world.checker.operations, steps: world.stepCount,
        epochs: world.directory.history.count, revivals: world.controller.revivals)
}

@Suite struct SimulationTests {
    static let seeds: Range<UInt64> = {
        if let seed = environment("ROOST_SIMULATION_SEED").flatMap(UInt64.init) { return seed..<seed + 1 }
        let first = environment("ROOST_SIMULATION_FIRST").flatMap(UInt64.init) ?? 1
        return first..<first + (environment("ROOST_SIMULATION_SEEDS").flatMap(UInt64.init) ?? 300)
    }()

    /// The seeds in a few parts, which may run side by side.
    @Test(arguments: 0..<4) func schedulesOfFaults(part: UInt64) {
        let isTracing = environment("ROOST_SIMULATION_TRACE") != nil
        var total = SimulationResult(operations: 0, steps: 0, epochs: 0)
        var failures = 0
        for seed in Self.seeds where seed % 4 == part {
            let result = simulate(seed: seed, isTracing: isTracing)
            total.operations += result.operations
            total.steps += result.steps
            total.epochs += result.epochs
            total.revivals += result.revivals
            if let failure = result.failure {
                failures += 1
                print("seed \(seed): \(failure)")
                Issue.record(
                    """
                    seed \(seed): \(failure)
                    replay: ROOST_SIMULATION_SEED=\(seed) ROOST_SIMULATION_TRACE=1 \
                    swift test --filter ReplicationTests.SimulationTests
                    """)
            }
        }
        print(
            "simulated part \(part) of seeds \(Self.seeds): \(total.operations) operations, \(total.steps) steps, "
                + "\(total.epochs) epochs, "
                + "\(total.revivals) heirs revived, \(failures) failures")
    }
}
