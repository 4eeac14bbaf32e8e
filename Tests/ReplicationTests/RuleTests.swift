import Testing

@testable import Replication

/// Takes one rule out of the protocol at a time: a simulation that does not notice proves nothing.
@Suite struct RuleTests {
    struct Case: Sendable, CustomStringConvertible {
        /// The rule, by its number in the protocol's first design.
        var number: String
        var name: String
        var rule: RuleSet
        /// A seed that notices, and what it sees.
        var seed: UInt64
        var notices: String
        var description: String { "\(number): \(name)" }
    }

    static let cases = [
        Case(
            number: "4", name: "nothing commits below minMembers", rule: .minimumMembers, seed: 1,
            notices: "only been on"),
        Case(number: "6", name: "reads need leases", rule: .leases, seed: 4, notices: "stale"),
        Case(
            number: "6", name: "a lease counts under its generation only", rule: .generations, seed: 4, notices: "stale"
        ),
        Case(number: "7", name: "grace starts anew", rule: .freshGrace, seed: 2, notices: "stale"),
        Case(
            number: "8", name: "an unknown swap binds to both outcomes", rule: .unknownSwaps, seed: 257,
            notices: "another entry"),
        Case(number: "11", name: "a new leader reconciles first", rule: .reconciliation, seed: 11, notices: "stale"),
        Case(
            number: "11", name: "a restarted leader takes a new epoch", rule: .newEpochAtRestart, seed: 18,
            notices: "another entry"),
        Case(
            number: "12", name: "truncate to the common prefix", rule: .truncateToCommonPrefix, seed: 25,
            notices: "another entry"),
        Case(
            number: "13", name: "a release names the highest epoch", rule: .releaseOfHighestEpoch, seed: 22,
            notices: "no progress"),
        Case(number: "15", name: "a cut tail is unsure", rule: .unsureAfterCut, seed: 7, notices: "halted"),
    ]

    /// The named seed fails without the rule, in the way that is named, and passes with it. A change of the machine may
    /// move schedules: then count, and name another.
    @Test(arguments: cases) func itsAbsenceIsNoticed(_ rule: Case) {
        let failure = simulate(seed: rule.seed, rules: RuleSet.all.subtracting(rule.rule)).failure
        #expect(
            failure?.contains(rule.notices) == true,
            "without the rule seed \(rule.seed) sees: \(failure ?? "nothing"); Tests/simulate rules 2000 finds others"
        )
        let withRule = simulate(seed: rule.seed).failure
        #expect(withRule == nil)
    }

    /// How many seeds notice; only on request.
    @Test(.enabled(if: environment("ROOST_SIMULATION_RULE_SEEDS") != nil), arguments: cases)
    func count(_ rule: Case) {
        let first = environment("ROOST_SIMULATION_FIRST").flatMap(UInt64.init) ?? 1
        let seeds = environment("ROOST_SIMULATION_RULE_SEEDS").flatMap(UInt64.init) ?? 2000
        var caught: [UInt64] = []
        var kinds: [String: Int] = [:]
        for seed in first..<first + seeds {
            guard let failure = simulate(seed: seed, rules: RuleSet.all.subtracting(rule.rule)).failure else {
                continue
            }
            caught.append(seed)
            let known = [
                "stale", "took effect", "another entry", "other rows", "commit in epoch", "only been on", "halted",
                "no progress",
            ]
            kinds[known.first { failure.contains($0) } ?? failure, default: 0] += 1
        }
        let what = kinds.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        let first5 = caught.prefix(5).map { "\($0)" }.joined(separator: ", ")
        print("| \(rule.number) | \(rule.name) | \(caught.count) of \(seeds) | \(what) | \(first5) |")
        #expect(!caught.isEmpty, "no seed of \(seeds) notices that this rule is missing: \(rule.name)")
    }
}
