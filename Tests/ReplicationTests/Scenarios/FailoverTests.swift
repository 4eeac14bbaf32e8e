import Core
import Testing

@testable import Replication

/// Leaders that come and go: the accidents of other systems, one story each.
@Suite struct FailoverTests {
    /// Kafka KIP-101: a follower that truncated to the commit point it knew lost what it had acknowledged.
    @Test func aFollowerKeepsWhatItAcknowledgedThoughNobodyToldItOfTheCommit() {
        let world = Ensemble(3)
        world.startAll()
        let token = world.propose(1)
        world.deliver()
        for number in 1...3 { world.sync(number) }
        world.deliver()
        #expect(world.answers[token] == "accepted at 2")
        world.messages = []
        world.crash(2)
        world.crash(3)
        world.crash(1)
        world.start(2)
        world.start(3)
        world.run(.seconds(3))
        #expect(world.directory.leader != world.member(1))
        #expect(world[2].log.contains("2:2") && world[3].log.contains("2:2"))
        #expect(world[2].log == world[3].log)
    }

    /// Kafka KIP-279: after two failovers in quick succession logs differed where only their lengths were compared.
    @Test func twoFastFailoversLeaveEqualLogs() {
        let world = Ensemble(4)
        world.startAll()
        // Entries 2 and 3 of epoch 2 reach replica 3 only.
        world.propose(1, "a")
        world.propose(1, "b")
        world.deliver { $0.to == world.member(3) }
        world.sync(3)
        world.messages = []
        world.crash(1)
        // Replica 2 takes over without them, and 4 follows it into epoch 3; replica 3 hears of nothing.
        world.cut = [[2, 3], [3, 2], [3, 4], [4, 3]]
        world.pass(.seconds(3))
        for number in [2, 4] { world.sync(number) }
        world.swaps.removeAll { $0.from != 2 }
        world.swap()
        for _ in 0..<4 {
            for number in [2, 4] { world.sync(number) }
            world.deliver()
        }
        #expect(world.describe(world.directory) == "3: leader 2 of 2,3,4")
        #expect(world[4].log == ["2:1", "3:2"])
        // And at once replica 3, which adopts epoch 3 but has none of its entries.
        world.crash(2)
        world.cut = []
        world.step(3, .directoryRecord(world.directory))
        world.messages = []
        world.swaps = []
        world.sync(3)
        world.step(3, .received(ReplicaMessage.releasesForAbsentLeader(of: world.directory, isLost: false)[0]))
        world.run(.seconds(1))
        #expect(world.describe(world.directory) == "4: leader 3 of 3,4")
        #expect(world[3].log == ["2:1", "2:2", "2:3", "4:4"])
        #expect(world[4].log == world[3].log)
        #expect(world[4].alarms.isEmpty && world[3].alarms.isEmpty)
    }

    /// etcd 3.4.3 under Jepsen: a lock that had expired was still taken for mutual exclusion.
    @Test func aLeaderThatIsAloneStopsReadingBeforeAnybodyPromotes() {
        let world = Ensemble(3)
        world.startAll()
        world.cut = [[1, 2], [1, 3], [2, 1], [3, 1]]
        world.pass(world.settings.lease)
        #expect(!world.mayRead(1))
        #expect(world.swaps.filter { $0.from != 1 }.isEmpty, "the grace is longer than the lease")
        world.pass(.milliseconds(600))
        world.sync(2)
        #expect(world.swaps.contains { $0.from == 2 })
    }

    @Test func beaconsThatReturnDoNotReviveALeadershipThatIsOver() {
        let world = Ensemble(3)
        world.startAll()
        world.cut = [[1, 2], [1, 3], [2, 1], [3, 1]]
        world.pass(.seconds(3))
        for number in 2...3 { world.sync(number) }
        world.swaps.removeAll { $0.from != 2 }
        world.settle()
        #expect(world.directory.leader == world.member(2))
        // The nodes hear each other again, under another generation; leader 1 knows nothing yet.
        world.renewPromises()
        #expect(world[1].machine.role == .leader && world[1].service.reads != nil)
        #expect(!world.mayRead(1))
    }

    @Test func anUnknownSwapBindsToBothOutcomes() {
        let world = Ensemble(3)
        world.startAll()
        world.crash(3)
        world.beacons()
        let token = world.propose(1)
        world.deliver()
        world.sync(1)
        world.sync(2)
        world.deliver()
        world.pass(.seconds(1))
        #expect(world.swaps.count == 1)
        // It took effect, but nobody says so: the member that it drops still counts.
        world.swap(isAnswerLost: true)
        #expect(world.describe(world.directory) == "3: leader 1 of 1,2")
        #expect(world.answers[token] == nil)
        world.pass(.seconds(1))
        #expect(world.swaps.first?.record == world.directory, "the same swap is repeated")
        world.settle()
        #expect(world.answers[token] == "accepted at 2")
    }

    @Test func aLeaderThatRestartsTakesANewEpoch() {
        let world = Ensemble(3)
        world.startAll()
        world.propose(1)
        world.deliver()
        world.sync(2)
        world.sync(3)
        // The followers hold entry 2; the leader, which had not synced it, comes back without.
        world.crash(1)
        world.messages = []
        world.start(1)
        world.settle()
        #expect(world.describe(world.directory) == "3: leader 1 of 1,2,3")
        #expect(world[1].log == ["2:1", "3:2"])
        #expect(world[2].log == world[1].log && world[3].log == world[1].log)
        #expect((1...3).allSatisfy { world[$0].alarms.isEmpty })
    }

    @Test func aHandOverKeepsEveryMemberAndAnswersEveryClient() {
        let world = Ensemble(3)
        world.startAll()
        let before = world.propose(1)
        world.step(1, .handOver(to: world.member(3)))
        let late = world.propose(1)
        #expect(world.answers[late] == "refused: notServing")
        world.settle()
        world.run(.milliseconds(200))
        #expect(world.answers[before] == "accepted at 2")
        #expect(world.describe(world.directory) == "3: leader 3 of 1,2,3")
        #expect(world[3].service.writes && !world.mayRead(1))
    }

    @Test func aLeaderWhoseDriveStallsReleasesAndStaysQuiet() {
        let world = Ensemble(3)
        world.startAll()
        world.step(1, .ioStalled)
        #expect(!world.mayRead(1))
        world.settle()
        #expect(world.describe(world.directory) == "3: leader 2 of 2,3")
        #expect(!world.mayRead(1))
    }

    /// Nobody comes: the leader itself begins another epoch, once its drive answers again.
    @Test func aReleasedLeaderReturnsInAnotherEpochIfNobodyCame() {
        let world = Ensemble(1, minMembers: 1)
        world.startAll()
        world.step(1, .ioStalled)
        #expect(!world.mayRead(1))
        world.step(1, .ioRecovered)
        world.run(.seconds(3))
        #expect(world.directory.epoch == Epoch(3))
        #expect(world.mayRead(1))
    }

    /// etcd #16028: a directory restored from an old snapshot.
    @Test func aDirectoryThatWasRolledBackFreezesTheConfiguration() {
        let world = Ensemble(3)
        world.startAll()
        world.directory.epoch = Epoch(1)
        world.crash(3)
        world.run(.seconds(2))
        #expect(world[1].alarms == [.directoryRolledBack])
        world.pass(.seconds(20))
        #expect(world.swaps.isEmpty, "nothing is changed any more")
        world.start(3)
        world.run(.milliseconds(300))
        let token = world.propose(1)
        world.settle()
        #expect(world.answers[token] == "accepted at 2", "and nothing stops")
    }

    @Test func equalPositionsWithOtherContentsHaltTheShard() {
        let world = Ensemble(3)
        world.startAll()
        let leader = world[1].machine
        let forged = LogEntry(
            kind: .client, epoch: Epoch(2), sequence: SequenceNumber(1), previousEpoch: Epoch(0), command: [9])
        let stream = leader.leadership?.peers[0].stream ?? 0
        world.step(
            2,
            .received(
                ReplicaMessage(
                    shard: Ensemble.shard, epoch: Epoch(2), from: world.member(1), to: world.member(2),
                    body: .append(stream: stream, previous: .zero, entries: [forged], committed: .zero))))
        #expect(world[2].alarms == [.entriesDiffer])
        world.settle()
        #expect(world[1].alarms == [.entriesDiffer])
        #expect(!world.mayRead(1))
    }

    /// Seed 8501: a leader that had dropped its last fellow lost its drive. By the rules nobody may take over by himself,
    /// since the leader might be alive elsewhere; an operator who knows better loses nothing by reviving the heir.
    @Test func theHeirOfALostLeaderWaitsForAnOperatorAndHasLostNothing() {
        let world = Ensemble(2)
        world.startAll()
        let token = world.propose(1)
        world.settle()
        #expect(world.answers[token] == "accepted at 2")
        world.crash(2)
        world.run(.seconds(3))
        #expect(world.describe(world.directory) == "3: leader 1 of 1 heirs 2")
        let refused = world.propose(1)
        #expect(world.answers[refused] == "refused: belowMinimum")
        world.step(1, .driveFailed)
        world.start(2)
        world.step(2, .directoryRecord(world.directory))
        world.run(.seconds(10))
        #expect(world.directory.epoch == Epoch(3), "an heir does not help itself")
        world.directory.epoch = Epoch(4)
        world.directory.leader = world.member(2)
        world.directory.members = [world.member(2)]
        world.directory.heirs = []
        world.step(2, .directoryRecord(world.directory))
        let learner = world.addStore()
        world.start(learner)
        world.run(.seconds(1))
        #expect(!world.mayRead(2), "alone it serves nothing")
        world.step(2, .addLearner(world.member(learner)))
        world.run(.seconds(1))
        #expect(world.directory.members == [world.member(2), world.member(3)])
        #expect(world.mayRead(2) && world[2].log.contains("2:2"))
    }

    /// Seed 2061945: a leader that had restarted dropped a member whose drive was slow, and kept one that it had not heard
    /// yet, and that was gone for good. Then the leader's own drive failed.
    @Test func aMemberThatStallsIsNotDroppedInFavourOfOneThatWasNotHeard() {
        let world = Ensemble(3)
        world.startAll()
        world.propose(1)
        world.settle()
        world.crash(3)
        world.crash(1)
        world.start(1)
        world.settle()
        #expect(world.describe(world.directory) == "3: leader 1 of 1,2,3")
        world.step(2, .ioStalled)
        world.settle()
        world.pass(.seconds(1))
        #expect(world.swaps.isEmpty, "2 may be all that is left besides the leader")
        world.run(.seconds(6))
        #expect(world.describe(world.directory) == "4: leader 1 of 1 heirs 2,3", "both go at once, and are heirs")
    }
}
