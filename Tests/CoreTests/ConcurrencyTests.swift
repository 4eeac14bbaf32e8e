import Core
import Testing

@Suite("Budget, mailbox, one-shot")
struct ConcurrencyTests {
    @Test func budgetIsGivenInOrder() async throws {
        let budget = MemoryBudget(limitBytes: 10)
        var first: MemoryBudget.Reservation? = await budget.reserve(8)
        #expect(first != nil && budget.usedBytes == 8)
        #expect(budget.tryReserve(4) == nil)
        async let waiting = budget.reserve(4)
        while budget.tryReserve(2) != nil { await Task.yield() }
        // One waits: a later, smaller request must not overtake it.
        #expect(budget.tryReserve(1) == nil)
        first = nil
        _ = first
        let second = await waiting
        #expect(second?.bytes == 4 && budget.usedBytes == 4)
        #expect(await budget.reserve(11) == nil)
    }

    @Test func mailboxHandsOverBatches() async {
        let mailbox = Mailbox<Int>()
        mailbox.send(1)
        mailbox.send(2)
        #expect(await mailbox.receive() == [1, 2])
        mailbox.send(3)
        mailbox.close()
        #expect(!mailbox.send(4))
        #expect(await mailbox.receive() == [3])
        #expect(await mailbox.receive() == nil)
    }

    @Test func oneShotTakesTheFirstAnswer() async {
        let reply = OneShot<Int>()
        #expect(reply.send(1))
        #expect(!reply.send(2))
        #expect(await reply.value() == 1)
    }
}
