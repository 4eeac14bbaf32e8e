/// Why an ordered store cannot answer. Its owner treats any of these as the loss of what the store holds.
public enum KeyValueError: Error, Equatable, Sendable {
    /// The library's own message.
    case failed(String)
}

/// The families of rows.
public enum Family: Int, Sendable, CaseIterable {
    /// Small rows of metadata.
    case rows
    /// Inline bytes and part tables, kept apart from the levels so that listing never reads them.
    case bodies
    /// The fragment index.
    case fragments
}

/// What a read that must not wait for the disk found.
public enum CachedRow: Equatable, Sendable {
    case found([UInt8])
    case missing
    /// Only the disk knows: read again with `get`, on a thread that may wait.
    case unknown
}

/// Changes that become visible, and durable, together.
public struct WriteBatch: Sendable {
    public enum Change: Sendable {
        case put(Family, key: [UInt8], value: [UInt8])
        case delete(Family, key: [UInt8])
        /// Keys from `start`, up to but not including `end`.
        case deleteRange(Family, start: [UInt8], end: [UInt8])
    }

    public private(set) var changes: [Change] = []

    public init() {}

    public var isEmpty: Bool { changes.isEmpty }

    public mutating func put(_ family: Family, _ key: [UInt8], _ value: [UInt8]) {
        changes.append(.put(family, key: key, value: value))
    }

    public mutating func delete(_ family: Family, _ key: [UInt8]) { changes.append(.delete(family, key: key)) }

    public mutating func deleteRange(_ family: Family, from start: [UInt8], to end: [UInt8]) {
        changes.append(.deleteRange(family, start: start, end: end))
    }
}

/// An ordered store of rows on one drive. Keys compare by unsigned bytes.
///
/// **What survives a crash:** in each family, all changes up to some point in the order in which `write` returned and
/// nothing after it. That point is never further in `rows` than in `bodies` and `fragments`, and never before the call
/// of a `flush` that has returned. There is no log here: what is lost is replayed from the journal, and an applied
/// sequence that is kept in `rows` therefore never promises a body that was lost.
///
/// Calls block the calling thread: writes for microseconds, reads for as long as the disk needs.
public protocol KeyValueStore: AnyObject, Sendable {
    func get(_ family: Family, _ key: [UInt8]) throws(KeyValueError) -> [UInt8]?
    /// Reads memory only.
    func getCached(_ family: Family, _ key: [UInt8]) throws(KeyValueError) -> CachedRow
    func write(_ batch: WriteBatch) throws(KeyValueError)
    /// Everything written before this call is durable on return.
    func flush() throws(KeyValueError)
    /// Rows of the family `rows` that were deleted since the last flush began. A scan passes each of them one by one,
    /// about 0.3 µs, until a flush and the compaction that follows it take them away; so their number is to be bounded.
    var unflushedDeletes: Int { get }
    /// A consistent view for scans: sees no write that comes after this call. Confined to one task.
    /// - Parameter end: keys from here on are not shown.
    func cursor(_ family: Family, end: [UInt8]?) throws(KeyValueError) -> any KeyValueCursor
    /// Gives the memory that is not needed to reads back, closes files. The object must not be used afterwards.
    func close()
}

/// A position among the rows of a family, ascending.
public protocol KeyValueCursor: AnyObject {
    /// Moves to the first row at or after `key`. Returns false at the end.
    func seek(_ key: [UInt8]) throws(KeyValueError) -> Bool
    func next() throws(KeyValueError) -> Bool
    /// Of the row that the last `seek` or `next` found.
    var key: [UInt8] { get }
    var value: [UInt8] { get }
    func withKey<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R
    func withValue<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R
}

/// The first key after all keys that begin with `prefix`; nil if there is none.
public func keyAfter(prefix: [UInt8]) -> [UInt8]? {
    var end = prefix
    while let last = end.last {
        if last < 255 {
            end[end.count - 1] = last + 1
            return end
        }
        end.removeLast()
    }
    return nil
}
