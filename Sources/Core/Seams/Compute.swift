/// Seam: a pool for work above about 100 µs, so that event loops stay free. The simulation runs it in place.
public protocol Compute: Sendable {
    func run<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T
}
