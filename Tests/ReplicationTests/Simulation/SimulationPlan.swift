import Core
import TestSupport

@testable import Replication

/// Everything that a seed decides before a run begins.
struct SimulationPlan {
    var seed: UInt64
    var nodeCount: Int
    var drivesPerNode: Int
    var replicas: Int
    var minMembers: UInt8
    var settings: ReplicaSettings
    var clients: Int
    /// Faults stop then; the run goes on for as long as recovery may take.
    var faultEnd: UInt64 = 4_000_000_000
    var end: UInt64 = 9_000_000_000
    /// What goes wrong most.
    var theme: Theme
    /// Between two faults, on average.
    var faultIntervalMilliseconds: Int
    var driftLimit: Int
    var lossChance: Double
    var doubleChance: Double
    var slowChance: Double
    /// Messages between replicas queue behind others, while beacons pass.
    var queueChance: Double
    var directoryLossChance: Double
    /// How often a process hears late of a record.
    var watchDelayChance: Double
    var directoryTimeoutMilliseconds = 150
    var stallMilliseconds: UInt64 = 300
    var damageChance: Double

    enum Theme: CaseIterable {
        case mixed
        case network
        case processes
        case drives
    }

    /// The protocol's times, shortened in proportion, so that more happens in a run.
    static var settings: ReplicaSettings {
        var settings = ReplicaSettings()
        settings.beacon = .milliseconds(120)
        settings.lease = .milliseconds(500)
        settings.grace = .milliseconds(640)
        settings.acknowledgementLimit = .milliseconds(200)
        settings.lonelyAcknowledgementLimit = .milliseconds(1000)
        settings.resend = .milliseconds(60)
        settings.swapRetry = .milliseconds(50)
        settings.commitNotice = .milliseconds(20)
        settings.handOverLimit = .milliseconds(40)
        settings.recentBytesLimit = 1 << 11
        settings.messageBytesLimit = 1 << 9
        settings.entriesInFlightLimit = 64
        settings.joinDistance = 8
        return settings
    }

    init(seed: UInt64, rules: RuleSet = .all, random: inout SplitMix64) {
        self.seed = seed
        settings = Self.settings
        settings.rules = rules
        let isOneProcess = seed % 4 == 3
        nodeCount = isOneProcess ? 1 : [3, 4, 4, 5][random.below(4)]
        drivesPerNode = isOneProcess ? [2, 4, 6][random.below(3)] : 1 + random.below(2)
        let places = isOneProcess ? drivesPerNode : nodeCount
        replicas = min(places, [3, 3, 3, 2, 5][random.below(5)])
        minMembers = replicas <= 2 ? [1, 2][random.below(2)] : 2
        clients = 2 + random.below(3)
        theme = Theme.allCases[random.below(Theme.allCases.count)]
        if isOneProcess, theme == .network { theme = .drives }
        faultIntervalMilliseconds = [120, 250, 400, 800][random.below(4)]
        driftLimit = [0, 20_000, 50_000][random.below(3)]
        lossChance = [0, 0.01, 0.1][random.below(3)]
        doubleChance = [0, 0.05][random.below(2)]
        slowChance = [0, 0.01, 0.1][random.below(3)]
        queueChance = [0, 0, 0.5][random.below(3)]
        watchDelayChance = [0.2, 0.2, 0.8][random.below(3)]
        settings.beacon = .milliseconds([120, 120, 200][random.below(3)])
        directoryLossChance = [0, 0.1, 0.4][random.below(3)]
        damageChance = [0, 0, 0.3][random.below(3)]
    }
}
