import Core
import HTTP
import Testing

@testable import S3

/// Parts of 1,000 times "A", 1,001 times "B" and 1,002 times "C". The expected values are those of Python's hashlib and
/// zlib, and of awscrt 0.38.1, by the rules of checking-object-integrity-upload.html.
@Suite struct MultipartDigestTests {
    static let parts: [[UInt8]] = [
        [UInt8](repeating: 65, count: 1000), [UInt8](repeating: 66, count: 1001), [UInt8](repeating: 67, count: 1002),
    ]

    static func checksums(_ algorithm: ChecksumAlgorithm) -> [ObjectChecksum] {
        parts.map { ObjectChecksum(algorithm: algorithm, value: algorithm.value(of: $0)) }
    }

    @Test(arguments: [
        (ChecksumAlgorithm.crc32, "Ft5DbQ==-3"), (.crc32c, "HOal5A==-3"), (.sha1, "/TaxjnIIpTHAN4/0gGBUYbWAfIc=-3"),
        (.sha256, "shaFCpKMn+d+JoZ+xJP0LgyLS4kEbbGVhndDhdm6EqI=-3"),
        (
            .sha512,
            "SO5+jy1pwCHi9i3AQwKS7cqyIO+/ZkDBvatAcSLMk79zXuqu8olmPHm+t/xPDQwKMcCgCcsFdU6zUofHN4/o2A==-3"
        ),
        (.md5, "ELFmS5L7Oul0qYeK+IgS0A==-3"), (.xxhash64, "2Gqv/+EkzAc=-3"), (.xxhash3, "H6cxF8Di2aA=-3"),
        (.xxhash128, "IditM7ZfI14lkoAz0EPxcw==-3"),
    ])
    func composite(_ algorithm: ChecksumAlgorithm, _ text: String) {
        let checksum = ObjectChecksum.composite(parts: Self.checksums(algorithm))
        #expect(checksum.text == text)
        #expect(checksum.type == .composite)
        #expect(ObjectChecksum(algorithm: algorithm, objectText: text) == checksum)
    }

    @Test(arguments: [
        (ChecksumAlgorithm.crc32, "6333c5cf"), (.crc32c, "9f9cfcbb"), (.crc64nvme, "f9f84e5bc37c5819"),
    ])
    func fullObject(_ algorithm: ChecksumAlgorithm, _ hexadecimal: String) {
        let parts = zip(Self.checksums(algorithm), Self.parts).map { ($0, UInt64($1.count)) }
        let checksum = ObjectChecksum.combine(parts: parts)
        #expect(Hexadecimal.encode(checksum.value) == hexadecimal)
        #expect(checksum.type == .fullObject)
        #expect(checksum.parts == nil)
    }

    @Test func entityTag() {
        let tag = EntityTag(partMD5s: Self.parts.map { Digest.of($0, .md5) })
        #expect(tag.text == "10b1664b92fb3ae974a9878af88812d0-3")
    }

    @Test(arguments: ["Ft5DbQ==-0", "Ft5DbQ==-10001", "Ft5DbQ==-", "Ft5DbQ==-3-3", "Ft5D-3", "-3", "Ft5DbQ==-+3", ""])
    func isNoChecksum(_ text: String) { #expect(ObjectChecksum(algorithm: .crc32, objectText: text) == nil) }

    @Test func aPartsChecksumHasNoNumber() { #expect(ObjectChecksum(algorithm: .crc32, text: "Ft5DbQ==-3") == nil) }
}

/// What CompleteMultipartUpload says of parts: API_CompleteMultipartUpload.html, "Errors", and the rules for checksums of
/// checking-object-integrity-upload.html.
@Suite struct AssemblyTests {
    static let size = MultipartLimits.minimumPartBytes

    static func part(_ number: Int) -> PartNumber {
        guard let part = PartNumber(number) else { preconditionFailure("\(number) is no part number") }
        return part
    }

    static func stored(_ number: Int, size: UInt64 = size, _ algorithm: ChecksumAlgorithm = .crc64nvme) -> StoredPart {
        let seed = Array("\(number)".utf8)
        return StoredPart(
            number: part(number), size: size, md5: Digest.of(seed, .md5),
            checksum: ObjectChecksum(algorithm: algorithm, value: algorithm.value(of: seed)))
    }

    static func listed(_ part: StoredPart, checksum: Bool = false) -> CompletedPart {
        CompletedPart(
            number: part.number, tag: EntityTag(md5: part.md5), checksum: checksum ? part.checksum : nil)
    }

    static func request(_ parts: [CompletedPart]) throws -> CompleteMultipartUploadRequest {
        CompleteMultipartUploadRequest(
            bucket: try BucketName("bucket"), key: try ObjectKey("key"), upload: UploadID(text: "u"), parts: parts)
    }

    func code(
        _ request: CompleteMultipartUploadRequest, _ stored: [StoredPart], _ upload: MultipartChecksum? = nil
    ) -> S3ErrorCode? {
        s3Error { () throws(S3Error) in _ = try request.assemble(stored, upload: upload) }?.code
    }

    @Test func takesSomeOfTheParts() throws {
        let stored = [1, 2, 5, 9].map { Self.stored($0) }
        let request = try Self.request([stored[1], stored[3]].map { Self.listed($0) })
        let object = try request.assemble(stored, upload: nil)
        #expect(object.parts.map(\.number.value) == [2, 9])
        #expect(object.size == 2 * Self.size)
        #expect(object.tag == EntityTag(partMD5s: [stored[1].md5, stored[3].md5]))
        #expect(object.checksum.algorithm == .crc64nvme)
        #expect(object.checksum.type == .fullObject)
    }

    @Test func refusesPartsThatAreNotThere() throws {
        let stored = [1, 2].map { Self.stored($0) }
        #expect(code(try Self.request([Self.listed(Self.stored(3))]), stored) == .invalidPart)
        var other = Self.listed(stored[0])
        other.tag = EntityTag(text: "0123456789abcdef0123456789abcdef")
        #expect(code(try Self.request([other]), stored) == .invalidPart)
        #expect(code(try Self.request([Self.listed(stored[0])]), []) == .invalidPart)
    }

    @Test func onlyTheLastPartMayBeSmall() throws {
        let small = Self.stored(2, size: Self.size - 1)
        let stored = [Self.stored(1), small, Self.stored(3)]
        #expect(code(try Self.request(stored.map { Self.listed($0) }), stored) == .entityTooSmall)
        #expect(code(try Self.request(stored[...1].map { Self.listed($0) }), stored) == nil)
        #expect(code(try Self.request([Self.listed(Self.stored(1, size: 0))]), [Self.stored(1, size: 0)]) == nil)
    }

    @Test func comparesTheSizeOfTheObject() throws {
        let stored = [Self.stored(1), Self.stored(2, size: 7)]
        var request = try Self.request(stored.map { Self.listed($0) })
        request.objectSize = Self.size + 7
        #expect(code(request, stored) == nil)
        request.objectSize = Self.size + 8
        #expect(code(request, stored) == .invalidRequest)
    }

    @Test func compositeUploadsListEveryChecksum() throws {
        let upload = MultipartChecksum(.sha256, .composite)
        let stored = [Self.stored(1, .sha256), Self.stored(2, size: 7, .sha256)]
        var request = try Self.request(stored.map { Self.listed($0, checksum: true) })
        let expected = ObjectChecksum.composite(parts: stored.map(\.checksum))
        #expect(try request.assemble(stored, upload: upload).checksum == expected)
        request.checksum = expected
        #expect(code(request, stored, upload) == nil)
        request.checksum?.parts = nil
        #expect(code(request, stored, upload) == nil)
        request.checksum?.parts = 3
        #expect(code(request, stored, upload) == .badDigest)
        request.checksum = ObjectChecksum(algorithm: .sha256, value: [UInt8](repeating: 0, count: 32))
        #expect(code(request, stored, upload) == .badDigest)
        request.checksum = ObjectChecksum(algorithm: .crc32, value: [0, 0, 0, 0])
        #expect(code(request, stored, upload) == .invalidRequest)
        request.checksum = nil
        request.parts[1].checksum?.value[0] ^= 1
        #expect(code(request, stored, upload) == .invalidPart)
        request.parts[1].checksum = nil
        #expect(code(request, stored, upload) == .invalidRequest)
        request.parts[1].checksum = ObjectChecksum(algorithm: .crc32, value: [0, 0, 0, 0])
        #expect(code(request, stored, upload) == .invalidRequest)
    }

    /// API_CompletedPart.html, "PartNumber".
    @Test func compositeUploadsHaveNoGaps() throws {
        let upload = MultipartChecksum(.sha256, .composite)
        let stored = [1, 2, 3].map { Self.stored($0, .sha256) }
        for chosen in [[0, 2], [1], [1, 2]] {
            let request = try Self.request(chosen.map { Self.listed(stored[$0], checksum: true) })
            #expect(code(request, stored, upload) == .invalidPartOrder)
        }
        let request = try Self.request([0, 1].map { Self.listed(stored[$0], checksum: true) })
        #expect(code(request, stored, upload) == nil)
    }

    @Test func theTypeIsThatOfTheUpload() throws {
        let upload = MultipartChecksum(.crc32, .fullObject)
        let stored = [Self.stored(1, .crc32)]
        var request = try Self.request(stored.map { Self.listed($0) })
        request.checksumType = .fullObject
        #expect(code(request, stored, upload) == nil)
        request.checksumType = .composite
        #expect(code(request, stored, upload) == .invalidRequest)
    }
}
