import Core
import Testing

@testable import Replication

/// All replicas in one process: no leases, no beacons; drives fail.
@Suite struct OneProcessTests {
    @Test func theLeadersDriveFails() {
        let world = Ensemble(3, oneProcess: true)
        world.startAll()
        let before = world.propose(1)
        world.settle()
        let inFlight = world.propose(1)
        world.step(1, .driveFailed)
        #expect(world.answers[inFlight] == "unknown")
        #expect(!world.mayRead(1))
        world.settle()
        #expect(world.answers[before] == "accepted at 2")
        #expect(world.directory.members == [world.member(2), world.member(3)])
        let after = world.propose(world.directory.leader == world.member(2) ? 2 : 3)
        world.settle()
        #expect(world.answers[after]?.hasPrefix("accepted") == true)
    }

    @Test func aFollowersDriveFails() {
        let world = Ensemble(3, oneProcess: true)
        world.startAll()
        let token = world.propose(1)
        world.step(3, .driveFailed)
        world.settle()
        #expect(world.describe(world.directory) == "3: leader 1 of 1,2")
        #expect(world.answers[token] == "accepted at 2")
        #expect(world.mayRead(1))
    }

    @Test func aLearnerTakesThePlaceOfALostDrive() {
        let world = Ensemble(3, oneProcess: true)
        world.startAll()
        for _ in 0..<5 { world.propose(1) }
        world.settle()
        world.step(3, .driveFailed)
        world.settle()
        let learner = world.addStore()
        world.start(learner)
        world.step(1, .addLearner(world.member(learner)))
        let during = world.propose(1)
        world.settle()
        #expect(world.describe(world.directory) == "4: leader 1 of 1,2,4")
        #expect(world.answers[during] == "accepted at 7")
        world.run(.milliseconds(100))
        #expect(world[4].rows == SequenceNumber(7))
    }

    /// The process starts without the leader's drive: nobody could send a release.
    @Test func theLeadersDriveIsAwayAtStart() {
        let world = Ensemble(3, oneProcess: true)
        world.startAll()
        for number in 1...3 { world.crash(number) }
        world.start(2)
        world.start(3)
        for number in 2...3 { world.step(number, .memberDown(world.member(1))) }
        world.settle()
        #expect(world.directory.members == [world.member(2), world.member(3)])
        #expect(world.mayRead(2) || world.mayRead(3))
    }

    /// Two of three drives are gone: the one that is left cannot tell what was acknowledged, and waits for a learner.
    @Test func twoDrivesAreAwayAtStart() {
        let world = Ensemble(3, oneProcess: true)
        world.startAll()
        for number in 1...3 { world.crash(number) }
        world.start(2)
        world.step(2, .memberDown(world.member(1)))
        world.step(2, .memberDown(world.member(3)))
        world.settle()
        #expect(world.describe(world.directory) == "4: leader 2 of 2 heirs 3")
        #expect(!world.mayRead(2))
        let learner = world.addStore()
        world.start(learner)
        world.step(2, .addLearner(world.member(learner)))
        world.settle()
        #expect(world.directory.members == [world.member(2), world.member(4)] && world.directory.heirs.isEmpty)
        #expect(world.mayRead(2))
    }

    // MARK: Found by seeds

    /// Seed 69: the swap of a candidate took effect after its drive had failed, and nobody led.
    @Test func aCandidateThatFailedGivesAwayWhatItWon() {
        let world = Ensemble(3, oneProcess: true)
        world.startAll()
        world.step(1, .driveFailed)
        world.deliver { $0.to == world.member(2) }
        world.sync(2)
        #expect(world.swaps.count == 1)
        world.step(2, .driveFailed)
        world.swap()
        world.settle()
        world.run(.milliseconds(500))
        #expect(world.directory.leader == world.member(3))
    }

    /// Seed 63: a member that joined after the leader's drive had failed was never told.
    @Test func aReleaseReachesWhoJoinedLast() {
        let world = Ensemble(2, oneProcess: true)
        world.startAll()
        world.step(2, .driveFailed)
        world.settle()
        let learner = world.addStore()
        world.start(learner)
        world.step(1, .addLearner(world.member(learner)))
        while world.swaps.isEmpty {
            for number in 1...3 { world.sync(number) }
            world.deliver()
        }
        world.step(1, .driveFailed)
        world.swap()
        world.settle()
        world.run(.milliseconds(500))
        #expect(world.directory.leader == world.member(3))
    }

    /// Seed 2573: a learner joined a new leader with all that this one had committed, but an earlier leader had committed
    /// more than it told.
    @Test func aLearnerHoldsWhatAnEarlierLeaderMayHaveCommitted() {
        let world = Ensemble(2, oneProcess: true)
        world.startAll()
        let token = world.propose(1)
        world.deliver()
        world.sync(1)
        world.sync(2)
        world.deliver()
        #expect(world.answers[token] == "accepted at 2")
        world.messages = []
        world.step(1, .driveFailed)
        world.settle()
        #expect(world[2].rows == SequenceNumber(1), "the new leader does not know that entry 2 was committed")
        let learner = world.addStore()
        world.start(learner)
        world.step(2, .addLearner(world.member(learner)))
        // The entries behind the checkpoint are held up.
        for _ in 0..<20 {
            for number in 2...3 { world.sync(number) }
            world.deliver {
                if case .append(_, _, let entries, _) = $0.body { entries.isEmpty } else { true }
            }
        }
        #expect(world.swaps.isEmpty, "it does not hold entry 2 yet")
        world.settle()
        #expect(world.directory.members == [world.member(2), world.member(3)])
        #expect(world[3].log.contains("2:2"))
    }

    /// Seed 5: the leader's store was gone while its node lived, so that no promise ever ran out.
    @Test func aNodeReleasesInTheNameOfALeaderWhoseDriveIsAway() {
        let world = Ensemble(3)
        world.startAll()
        world.crash(1)
        for message in ReplicaMessage.releasesForAbsentLeader(of: world.directory, isLost: true) {
            world.messages.append(message)
        }
        world.settle()
        #expect(world.describe(world.directory) == "3: leader 2 of 2,3")
    }
}
