import Core
import Testing

@Suite("Binary codec")
struct CodecTests {
    @Test func littleEndian() {
        var writer = ByteWriter()
        writer.write(UInt32(0x0102_0304))
        writer.write("é")
        writer.write(true)
        #expect(writer.bytes == [4, 3, 2, 1, 2, 0, 0, 0, 0xC3, 0xA9, 1])
    }

    @Test func readsWhatWasWritten() throws {
        var writer = ByteWriter()
        writer.write(UInt64.max)
        writer.write([1, 2, 3])
        writer.write(list: ["a", "b"]) { $0.write($1) }
        writer.write(optional: UInt16?.none) { $0.write($1) }
        var reader = ByteReader(writer.bytes)
        #expect(try reader.read(UInt64.self) == .max)
        #expect(try reader.readBytes() == [1, 2, 3])
        #expect(try reader.readList { (reader) throws(CodecError) in try reader.readString() } == ["a", "b"])
        #expect(try reader.readOptional { (reader) throws(CodecError) in try reader.read(UInt16.self) } == nil)
        try reader.expectEnd()
    }

    /// A length that the input only claims must not be believed.
    @Test func hugeLength() {
        var reader = ByteReader([255, 255, 255, 255, 1])
        #expect(throws: CodecError.truncated) { try reader.readBytes() }
        var list = ByteReader([255, 255, 255, 127])
        #expect(throws: CodecError.truncated) {
            try list.readList { (reader) throws(CodecError) in try reader.read(UInt8.self) }
        }
    }

    @Test func invalidText() {
        var reader = ByteReader([1, 0, 0, 0, 0xFF])
        #expect(throws: CodecError.self) { try reader.readString() }
    }

    @Test func uniqueIDText() {
        let id = UniqueID(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF)
        #expect(id.description == "00112233-4455-6677-8899-aabbccddeeff")
        #expect(UniqueID(id.description) == id)
        #expect(UniqueID("0011223344556677-8899-aabbccddeeff") == nil)
    }
}
