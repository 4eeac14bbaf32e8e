import Core
import Testing

@testable import Replication

/// Restarts with a log that had to be cut: it may or may not have held what was acknowledged.
@Suite struct TailTests {
    /// Kafka KIP-966: the last replica standing came back with an unclean log, and led.
    @Test func aLastMemberWithACutTailWaitsForItsHeir() {
        let world = Ensemble(2)
        world.startAll()
        world.crash(2)
        world.run(.seconds(6))
        #expect(world.describe(world.directory) == "3: leader 1 of 1 heirs 2")
        world.crash(1)
        world.start(1, condition: .cut)
        world.run(.seconds(10))
        #expect(world.directory.epoch == Epoch(3), "the heir may know more: it has to be asked first")
        #expect(!world.mayRead(1))
        // The heir has been cut, too, and knows no more than this one.
        world.start(2, condition: .cut)
        world.settle()
        world.run(.seconds(1))
        #expect(world.directory.epoch == Epoch(4) && world.directory.leader == world.member(1))
    }

    /// Pegasus #1572: a power cut tore every log, and every replica was thrown away.
    @Test func allTailsTornAtOnceLoseNothing() {
        let world = Ensemble(3)
        world.startAll()
        let token = world.propose(1)
        world.settle()
        world.propose(1)
        world.deliver()
        world.sync(3)
        for number in 1...3 { world.crash(number) }
        world.messages = []
        for number in 1...3 { world.start(number, condition: .cut) }
        world.settle()
        world.run(.seconds(1))
        #expect(world.answers[token] == "accepted at 2")
        #expect(world.directory.leader == world.member(3), "the longest tail leads")
        #expect(world[3].log.prefix(3) == ["2:1", "2:2", "2:3"])
        #expect(world[1].log == world[3].log && world[2].log == world[3].log)
        #expect((1...3).allSatisfy { !world[$0].machine.note.isUnsure }, "and everyone is sure again")
    }

    /// An acknowledged entry sat in the group that the leader lost.
    @Test func aLeaderThatLostSyncedEntriesGivesWayToASureMember() {
        let world = Ensemble(3)
        world.startAll()
        let token = world.propose(1)
        world.settle()
        #expect(world.answers[token] == "accepted at 2")
        world.crash(1)
        world.damage(1)
        #expect(world[1].log == ["2:1"])
        world.start(1, condition: .cut)
        world.settle()
        world.run(.seconds(1))
        #expect(world.directory.leader != world.member(1))
        #expect(world.directory.members.count == 3, "it stays a member, and gets back what it lost")
        #expect(world[1].log == world[2].log && world[1].log.contains("2:2"))
        #expect(!world[1].machine.note.isUnsure)
    }

    /// Of two sure members that answered, one failed since: the leader must not send its release to it for ever.
    @Test func anUnsureLeaderReleasesToASureMemberThatStillAnswers() {
        let world = Ensemble(3)
        world.startAll()
        world.crash(1)
        world.start(1, condition: .cut)
        world.sync(1)
        world.deliver()
        world.deliver { $0.from == world.member(2) }
        world.crash(2)
        world.settle()
        world.run(.seconds(1))
        #expect(world.directory.leader == world.member(3))
    }

    @Test func certainDamageIsNotRepairedFromWithin() {
        let world = Ensemble(3)
        world.startAll()
        world.crash(2)
        world.start(2, condition: .damaged)
        world.settle()
        #expect(world.describe(world.directory) == "3: leader 1 of 1,3")
        #expect(world[2].machine.role == .failed)
    }

    @Test func aStoreThatLeftMayGoOnceTheLeaderHoldsWhatItCommitted() {
        let world = Ensemble(3)
        world.startAll()
        world.step(1, .remove(world.member(3)))
        world.settle()
        #expect(world.describe(world.directory) == "3: leader 1 of 1,2")
        world.step(3, .directoryRecord(world.directory))
        world.settle()
        #expect(world[3].isRetired)
    }

    @Test func aStoreThatHoldsMoreThanTheLeaderHaltsTheShard() {
        let world = Ensemble(3)
        world.startAll()
        world.step(1, .remove(world.member(3)))
        world.settle()
        world.messages = []
        world.step(
            1,
            .received(
                ReplicaMessage(
                    shard: Ensemble.shard, epoch: Epoch(3), from: world.member(3), to: world.member(1),
                    body: .askRetire(committed: LogPosition(epoch: Epoch(2), sequence: SequenceNumber(50))))))
        #expect(world[1].alarms == [.leaderLacksCommittedEntry])
        #expect(!world[3].isRetired)
    }
}
