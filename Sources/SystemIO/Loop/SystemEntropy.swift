internal import CLinux
public import Core
private import Synchronization

/// Random numbers from getrandom(2), 4 KiB at a time. Each number is given out once and erased. A process that forks
/// must not go on using it in both halves; Roost never forks.
public final class SystemEntropy: Entropy {
    private struct Pool {
        var numbers = [UInt64](repeating: 0, count: 512)
        var used = 512
    }

    private let pool = Mutex(Pool())

    public init() {}

    public func next() -> UInt64 {
        pool.withLock { pool in
            if pool.used == pool.numbers.count {
                let filled = pool.numbers.withUnsafeMutableBytes { roost_random($0.baseAddress, $0.count) }
                precondition(filled, "the kernel gives no random numbers: no identifier or key would be safe")
                pool.used = 0
            }
            defer {
                pool.numbers[pool.used] = 0
                pool.used += 1
            }
            return pool.numbers[pool.used]
        }
    }
}
