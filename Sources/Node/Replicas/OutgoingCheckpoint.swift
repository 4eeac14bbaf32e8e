import Core
import KeyValue
import Metadata

/// The rows of a store as of one moment, read in pieces for a learner. Pieces are made in order; the latest ones are
/// kept, so that a piece that was lost on the way reads the same again.
///
/// Piece: family u8, key (without the store ID) length u32 and bytes, value length u32 and bytes; repeated.
final class OutgoingCheckpoint {
    struct Chunk {
        var bytes: [UInt8]
        var isLast: Bool
    }

    private static let chunkBytes = 512 << 10
    private static let families: [Family] = [.rows, .bodies]
    /// More than the protocol sends ahead.
    private static let kept: UInt32 = 16

    private let prefix: [UInt8]
    private let cursors: [any KeyValueCursor]
    private var family = 0
    private var isPlaced = false
    private var isThere = false
    private var chunks: [UInt32: Chunk] = [:]
    private var nextIndex: UInt32 = 0

    /// Both cursors must be made with no write between them; the caller's task is the only writer of the store.
    init(rows: any KeyValueStore, store: StoreID) throws(KeyValueError) {
        prefix = RowKeys(store: store).storePrefix
        var cursors: [any KeyValueCursor] = []
        for family in Self.families { cursors.append(try rows.cursor(family, end: keyAfter(prefix: prefix))) }
        self.cursors = cursors
    }

    /// nil for a piece that can no longer, or not yet, be asked for.
    func chunk(_ index: UInt32) throws(KeyValueError) -> Chunk? {
        if let chunk = chunks[index] { return chunk }
        guard index == nextIndex else { return nil }
        let chunk = try make()
        chunks[index] = chunk
        nextIndex += 1
        if index >= Self.kept { chunks[index - Self.kept] = nil }
        return chunk
    }

    private func make() throws(KeyValueError) -> Chunk {
        var writer = ByteWriter(reserving: Self.chunkBytes + 32 << 10)
        while family < cursors.count {
            let cursor = cursors[family]
            if !isPlaced {
                isThere = try cursor.seek(prefix)
                isPlaced = true
            }
            while isThere {
                writer.write(UInt8(Self.families[family].rawValue))
                writer.write(Array(cursor.key.dropFirst(prefix.count)))
                writer.write(cursor.value)
                isThere = try cursor.next()
                if writer.count >= Self.chunkBytes { return Chunk(bytes: writer.bytes, isLast: false) }
            }
            family += 1
            isPlaced = false
        }
        return Chunk(bytes: writer.bytes, isLast: true)
    }

    /// The changes that install a piece under another store ID.
    static func batch(of bytes: [UInt8], store: StoreID) throws(CodecError) -> WriteBatch {
        let prefix = RowKeys(store: store).storePrefix
        var batch = WriteBatch()
        var reader = ByteReader(bytes)
        while !reader.isAtEnd {
            guard let family = Family(rawValue: Int(try reader.read(UInt8.self))) else { throw .field("row family") }
            batch.put(family, prefix + (try reader.readBytes()), try reader.readBytes())
        }
        return batch
    }

    /// The change that removes every row of a store.
    static func clearing(_ store: StoreID) -> WriteBatch {
        let prefix = RowKeys(store: store).storePrefix
        var batch = WriteBatch()
        let end = keyAfter(prefix: prefix) ?? [255, 255, 255, 255, 255]
        for family in families { batch.deleteRange(family, from: prefix, to: end) }
        return batch
    }
}
