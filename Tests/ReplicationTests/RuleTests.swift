import Testing

@testable import Replication

/// Takes one rule out of the protocol at a time: a simulation that does not notice proves nothing.
@Suite struct RuleTests {
    struct Case: Sendable, CustomStringConvertible {
        var name: String
        var rule: RuleSet
        var description: String { name }
    }

    static let cases = [
        Case(name: "nothing commits below minMembers", rule: .minimumMembers),
        Case(name: "reads need leases", rule: .leases),
        Case(name: "a lease counts under its generation only", rule: .generations),
        Case(name: "grace starts anew", rule: .freshGrace),
        Case(name: "an unknown swap binds to both outcomes", rule: .unknownSwaps),
        Case(name: "a new leader reconciles first", rule: .reconciliation),
        Case(name: "a restarted leader takes a new epoch", rule: .newEpochAtRestart),
        Case(name: "truncate to the common prefix", rule: .truncateToCommonPrefix),
        Case(name: "a release names the highest epoch", rule: .releaseOfHighestEpoch),
        Case(name: "a cut tail is unsure", rule: .unsureAfterCut),
    ]

    /// Enough seeds to find at least one that fails; `ROOST_SIMULATION_RULE_SEEDS` counts over that many instead.
    @Test(arguments: cases) func takenOutIsNoticed(_ rule: Case) {
        let count = environment("ROOST_SIMULATION_RULE_SEEDS").flatMap(UInt64.init)
        var caught = 0
        var kinds: [String: Int] = [:]
        var seeds: UInt64 = 0
        while seeds < count ?? 400, count != nil || caught == 0 {
            seeds += 1
            guard let failure = simulate(seed: seeds, rules: RuleSet.all.subtracting(rule.rule)).failure else {
                continue
            }
            caught += 1
            let known = [
                "stale", "took effect", "another entry", "other rows", "commit in epoch", "only been on", "halted",
                "no progress",
            ]
            let kind = known.first { failure.contains($0) }
            kinds[kind ?? failure, default: 0] += 1
        }
        print(
            "rule taken out: \(rule.name): \(caught) of \(seeds) seeds caught it \(kinds.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" })"
        )
        #expect(caught > 0, "no seed of \(seeds) notices that this rule is missing: \(rule.name)")
    }
}
