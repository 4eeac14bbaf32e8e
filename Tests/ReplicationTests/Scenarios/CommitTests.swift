import Core
import Testing

@testable import Replication

/// What a client may rely on once it has been answered.
@Suite struct CommitTests {
    @Test func aNewShardServesOnceItsFirstEntryIsEverywhere() {
        let world = Ensemble(3)
        world.startAll()
        #expect(world.describe(world.directory) == "2: leader 1 of 1,2,3")
        #expect(world[1].log == ["2:1"] && world[2].log == ["2:1"] && world[3].log == ["2:1"])
        #expect(world.mayRead(1) && !world.mayRead(2))
        #expect(world[1].service.writes)
    }

    /// SeaweedFS PR 10805: `fsync` was honoured on the leader only.
    @Test func anAnswerWaitsForTheSyncOfEveryMember() {
        let world = Ensemble(3)
        world.startAll()
        let token = world.propose(1)
        world.deliver()
        world.sync(1)
        world.sync(2)
        world.deliver()
        #expect(world.answers[token] == nil, "one member has not synced")
        world.sync(3)
        world.deliver()
        #expect(world.answers[token] == "accepted at 2")
    }

    /// Pegasus #879 and #719: entries that had reached the page cache only were acknowledged, and lost.
    @Test func whatWasNotSyncedMayGoAndWasNeverAcknowledged() {
        let world = Ensemble(3)
        world.startAll()
        let token = world.propose(1)
        world.deliver()
        for number in 1...3 { world.crash(number) }
        world.messages = []
        for number in 1...3 { world.start(number) }
        world.settle()
        #expect(world.answers[token] == nil)
        #expect(world[1].log == ["2:1", "3:2"])
    }

    @Test func belowTheMinimumWritesAreRefusedAndReadsGoOn() {
        let world = Ensemble(2)
        world.startAll()
        let inFlight = world.propose(1)
        world.crash(2)
        world.run(.seconds(2))
        #expect(world.describe(world.directory) == "3: leader 1 of 1 heirs 2")
        #expect(world.answers[inFlight] == nil, "nothing commits below the minimum, not even what was in flight")
        let late = world.propose(1)
        #expect(world.answers[late] == "refused: belowMinimum")
        #expect(world.mayRead(1), "it served before it fell below")
    }

    @Test func aPromotedLeaderBelowTheMinimumServesNothingBeforeALearnerHasJoined() {
        let world = Ensemble(2)
        world.startAll()
        world.crash(1)
        world.run(.seconds(3))
        #expect(world.describe(world.directory) == "3: leader 2 of 2 heirs 1")
        #expect(!world.mayRead(2))
        let learner = world.addStore()
        world.start(learner)
        world.step(2, .addLearner(world.member(learner)))
        world.settle()
        #expect(world.describe(world.directory) == "4: leader 2 of 2,3")
        #expect(world.mayRead(2))
        #expect(world[3].log.last == world[2].log.last)
    }

    /// Milvus #21442: a process gave up because etcd was slow.
    @Test func aDirectoryThatIsDownStopsNobody() {
        let world = Ensemble(3)
        world.startAll()
        world.crash(3)
        world.pass(.seconds(2))
        #expect(!world.swaps.isEmpty)
        world.swaps = []
        world.pass(.seconds(20))
        #expect(world[1].service.writes && world[1].machine.role == .leader)
        #expect(!world.mayRead(1), "the lease of the member that is down has run out")
        world.start(3)
        world.pass(.milliseconds(300))
        world.settle()
        #expect(world.mayRead(1))
        let token = world.propose(1)
        world.settle()
        #expect(world.answers[token] == "accepted at 2")
    }

    @Test func proposalsAreRefusedPastTheBoundInFlight() {
        var settings = ReplicaSettings()
        settings.entriesInFlightLimit = 3
        let world = Ensemble(3, settings: settings)
        world.startAll()
        let tokens = (0..<4).map { _ in world.propose(1) }
        #expect(world.answers[tokens[3]] == "refused: overloaded")
        world.settle()
        #expect(tokens.prefix(3).map { world.answers[$0] } == (2...4).map { "accepted at \($0)" })
    }

    /// A write that may have happened is not said to have failed.
    @Test func aDeposedLeaderDoesNotKnowWhatBecameOfItsEntries() {
        let world = Ensemble(3)
        world.startAll()
        world.cut = [[1, 2], [1, 3], [2, 1], [3, 1]]
        let token = world.propose(1)
        world.pass(.seconds(3))
        for number in 2...3 { world.sync(number) }
        world.swaps.removeAll { $0.from == 1 }
        world.settle()
        #expect(world.directory.leader != world.member(1))
        world.step(1, .directoryRecord(world.directory))
        #expect(world.answers[token] == "unknown")
    }
}
