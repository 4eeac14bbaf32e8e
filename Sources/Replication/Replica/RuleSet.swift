/// The rules of the protocol that the simulation can take out, to show that it would notice. All are on in the product;
/// nothing outside of this module's tests can change them.
struct RuleSet: OptionSet, Hashable, Sendable {
    let rawValue: UInt32

    /// Nothing commits below `minMembers`.
    static let minimumMembers = RuleSet(rawValue: 1 << 0)
    /// Reads need unexpired leases from every other member's node.
    static let leases = RuleSet(rawValue: 1 << 1)
    /// A lease counts only under the generation that the member acknowledged the epoch with.
    static let generations = RuleSet(rawValue: 1 << 2)
    /// Grace starts in full at process start and when a replica becomes a member.
    static let freshGrace = RuleSet(rawValue: 1 << 3)
    /// A swap without an answer keeps the obligations of both outcomes until the record has moved.
    static let unknownSwaps = RuleSet(rawValue: 1 << 4)
    /// A new leader serves nothing before its first entry is committed.
    static let reconciliation = RuleSet(rawValue: 1 << 5)
    /// A leader that restarts takes a new epoch first.
    static let newEpochAtRestart = RuleSet(rawValue: 1 << 6)
    /// A follower truncates to what it has in common with the leader (without: to its own commit point, KIP-101).
    static let truncateToCommonPrefix = RuleSet(rawValue: 1 << 7)
    /// A release names the highest epoch seen, durable or not.
    static let releaseOfHighestEpoch = RuleSet(rawValue: 1 << 8)
    /// A replica that cut its tail at restart is unsure.
    static let unsureAfterCut = RuleSet(rawValue: 1 << 9)

    static let all = RuleSet(rawValue: (1 << 10) - 1)
}
