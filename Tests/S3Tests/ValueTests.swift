import Core
import Testing

@testable import S3

@Suite struct TimestampTests {
    /// RFC 9110, section 5.6.7: three forms of one time.
    static let forms = [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ]

    @Test(arguments: forms) func readsTheFormsOfHTTP(_ text: String) {
        #expect(Timestamp.parseHTTPDate(text) == WallTime(milliseconds: 784_111_777_000))
    }

    @Test func writesTheFormOfHTTP() {
        #expect(Timestamp.httpDate(WallTime(milliseconds: 784_111_777_999)) == Self.forms[0])
    }

    /// Seconds by `date -u -d … +%s`.
    @Test(arguments: [
        ("19700101T000000Z", 0), ("20000229T235959Z", 951_868_799), ("20130524T000000Z", 1_369_353_600),
        ("20240229T120000Z", 1_709_208_000), ("21000301T000000Z", 4_107_542_400), ("99991231T235959Z", 253_402_300_799),
    ]) func readsAndWritesTheFormOfSigV4(_ text: String, _ seconds: UInt64) {
        let time = WallTime(milliseconds: seconds * 1000)
        #expect(Timestamp.parseBasic(text) == time)
        #expect(Timestamp.basic(time) == text)
    }

    @Test(arguments: [
        "", "20130524", "20130524T000000", "20130524T0000000", "20131324T000000Z", "20130532T000000Z",
        "20130229T000000Z", "21000229T000000Z", "20130524T240000Z", "20130524T006000Z", "2013-524T000000Z",
        "19691231T235959Z", "+0130524T000000Z",
    ]) func refusesOtherTexts(_ text: String) { #expect(Timestamp.parseBasic(text) == nil) }

    @Test(arguments: [
        "", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
    ]) func refusesOtherDates(_ text: String) { #expect(Timestamp.parseHTTPDate(text) == nil) }

    @Test func writesMilliseconds() {
        #expect(Timestamp.iso8601(WallTime(milliseconds: 1_255_369_830_007)) == "2009-10-12T17:50:30.007Z")
    }
}

/// RFC 9110, sections 14.1.2 and 15.5.17.
@Suite struct RangeTests {
    @Test(arguments: [
        ("bytes=0-0", 10, 0, 1), ("bytes=0-9", 10, 0, 10), ("bytes=0-", 10, 0, 10), ("bytes=9-", 10, 9, 10),
        ("bytes=5-100", 10, 5, 10), ("bytes=-1", 10, 9, 10), ("bytes=-10", 10, 0, 10), ("bytes=-100", 10, 0, 10),
        ("bytes=0-18446744073709551615", 10, 0, 10), ("bytes=0-99999999999999999999999", 10, 0, 10),
        ("BYTES=1-2", 10, 1, 3), ("bytes= 1 - 2 ", 10, 1, 3),
    ]) func resolves(_ text: String, _ size: UInt64, _ start: UInt64, _ end: UInt64) throws {
        #expect(try RangeRequest(text)?.resolve(size: size) == start..<end)
    }

    @Test(arguments: [
        ("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-5", 0),
        ("bytes=99999999999999999999999-", 10),
    ]) func cannotBeSatisfied(_ text: String, _ size: UInt64) {
        let error = s3Error { () throws(S3Error) in try RangeRequest(text)?.resolve(size: size) }
        #expect(error?.code == .invalidRange)
        #expect(error?.status == 416)
        #expect(error?.headers == [S3Error.Detail("content-range", "bytes */\(size)")])
    }

    @Test(arguments: [
        "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=+1-2", "bytes=1-2,4-5", "items=0-1",
        "bytes=1", "bytes=1-2-3", "bytes=0x1-2", "bytes=--1",
    ]) func isIgnored(_ text: String) { #expect(RangeRequest(text) == nil) }
}

/// RFC 9110, section 13.2.2: every combination of the four fields, true and false.
@Suite struct ConditionTests {
    static let tag = EntityTag(text: "abc")
    static let modified = WallTime(milliseconds: 1_000_500)

    /// Expected outcomes by the steps of the section, for fields that hold, do not hold, or are absent.
    @Test func followsThePrecedence() {
        let states: [Bool?] = [nil, true, false]
        for match in states {
            for unmodified in states {
                for noneMatch in states {
                    for modifiedSince in states {
                        let conditions = ReadConditions(
                            ifMatch: match.map { .tags([$0 ? Self.tag : EntityTag(text: "other")]) },
                            ifNoneMatch: noneMatch.map { .tags([$0 ? EntityTag(text: "other") : Self.tag]) },
                            ifModifiedSince: modifiedSince.map { WallTime(milliseconds: $0 ? 999_000 : 1_000_000) },
                            ifUnmodifiedSince: unmodified.map { WallTime(milliseconds: $0 ? 1_000_000 : 999_000) })
                        let expected: ReadConditions.Outcome
                        if match == false {
                            expected = .failed("If-Match")
                        } else if match == nil, unmodified == false {
                            expected = .failed("If-Unmodified-Since")
                        } else if noneMatch == false || (noneMatch == nil && modifiedSince == false) {
                            expected = .notModified
                        } else {
                            expected = .proceed
                        }
                        #expect(conditions.evaluate(tag: Self.tag, lastModified: Self.modified) == expected)
                    }
                }
            }
        }
    }

    @Test(arguments: [
        ("*", true), ("abc", true), ("\"abc\"", true), ("W/\"abc\"", true), ("\"x\", \"abc\"", true), ("x,abc", true),
        ("\"x\"", false), ("\"ABC\"", false), ("\"\", \"x\"", false),
    ]) func readsTags(_ text: String, _ matches: Bool) throws {
        #expect(try EntityTagCondition(text, header: "If-Match").matches(Self.tag) == matches)
    }

    @Test func decidesRangeAfterConditions() throws {
        let object = ObjectDescription(size: 10, tag: Self.tag, lastModified: Self.modified)
        var request = GetObjectRequest(
            bucket: try BucketName("bucket"), key: try ObjectKey("key"), range: RangeRequest("bytes=20-30"))
        #expect(s3Error { () throws(S3Error) in try request.decide(object) }?.code == .invalidRange)
        request.conditions.ifNoneMatch = .any
        #expect(try request.decide(object) == .notModified)
        request.conditions = ReadConditions(ifMatch: .tags([EntityTag(text: "x")]))
        #expect(s3Error { () throws(S3Error) in try request.decide(object) }?.code == .preconditionFailed)
    }

    /// RFC 9110, section 13.1.5.
    @Test(arguments: [
        ("\"abc\"", true), ("\"x\"", false), ("W/\"abc\"", false), ("Thu, 01 Jan 1970 00:16:40 GMT", true),
        ("Thu, 01 Jan 1970 00:16:41 GMT", false), ("nonsense", false),
    ]) func ifRange(_ text: String, _ holds: Bool) throws {
        let object = ObjectDescription(size: 10, tag: Self.tag, lastModified: Self.modified)
        let request = GetObjectRequest(
            bucket: try BucketName("bucket"), key: try ObjectKey("key"), range: RangeRequest("bytes=1-2"), ifRange: text
        )
        #expect(try request.decide(object) == (holds ? .part(1..<3) : .whole))
    }
}

/// Values of "123456789" and of the empty text, from the catalogue of parametrised CRC algorithms, Python's hashlib and
/// awscrt 0.38.1 (XXHash).
@Suite struct PayloadVerifierTests {
    @Test(arguments: [
        (ChecksumAlgorithm.crc32, "cbf43926"), (.crc32c, "e3069283"), (.crc64nvme, "ae8b14860a799888"),
        (.sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        (.sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
        (.md5, "25f9e794323b453885f5181f1b624d0b"),
        (
            .sha512,
            "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a"
                + "d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85"
        ),
        (.xxhash64, "8cb841db40e6ae83"), (.xxhash3, "72dcb18b67a17dff"),
        (.xxhash128, "33119477ede5dcd5e9716427681d5860"),
    ]) func computesChecksums(_ algorithm: ChecksumAlgorithm, _ hexadecimal: String) throws {
        let value = try #require(Hexadecimal.decode(hexadecimal))
        let body = Array("123456789".utf8)
        for form in [PayloadForm.unsigned, .signed(sha256: Digest.of(body, .sha256))] {
            let payload = PayloadDescription(
                form: form, length: 9, contentMD5: Hexadecimal.decode("25f9e794323b453885f5181f1b624d0b"),
                checksum: .given(ObjectChecksum(algorithm: algorithm, value: value)))
            let result = try receive(body, payload, nil, pieces: [4])
            #expect(result.digests.checksum.value == value)
            #expect(Hexadecimal.encode(result.digests.md5) == "25f9e794323b453885f5181f1b624d0b")
        }
    }

    /// A part of an upload with another algorithm: what the client sent is verified, what the upload wants is kept.
    @Test(arguments: ChecksumAlgorithm.allCases) func keepsAnotherAlgorithm(_ kept: ChecksumAlgorithm) throws {
        let body = Array("123456789".utf8)
        for sent in ChecksumAlgorithm.allCases {
            var payload = PayloadDescription(
                form: .unsigned, length: 9,
                checksum: .given(ObjectChecksum(algorithm: sent, value: sent.value(of: body))), stored: kept)
            let result = try receive(body, payload, nil, pieces: [4])
            #expect(result.digests.checksum == ObjectChecksum(algorithm: kept, value: kept.value(of: body)))
            payload.checksum = .given(ObjectChecksum(algorithm: sent, value: sent.value(of: [])))
            #expect(throws: S3Error.self) { try receive(body, payload, nil, pieces: [4]) }
        }
        let none = PayloadDescription(form: .unsigned, length: 9, stored: kept)
        #expect(try receive(body, none, nil, pieces: [9]).digests.checksum.algorithm == kept)
    }

    @Test func storesCRC64NVMEByDefault() throws {
        let result = try receive(
            Array("123456789".utf8), PayloadDescription(form: .unsigned, length: 9), nil, pieces: [9])
        #expect(result.digests.checksum.algorithm == .crc64nvme)
        #expect(Hexadecimal.encode(result.digests.checksum.value) == "ae8b14860a799888")
    }

    @Test func refusesWhatDiffers() {
        let body = Array("123456789".utf8)
        let wrong = [UInt8](repeating: 1, count: 32)
        let cases: [(PayloadDescription, S3ErrorCode)] = [
            (PayloadDescription(form: .signed(sha256: wrong), length: 9), .contentSHA256Mismatch),
            (PayloadDescription(form: .unsigned, length: 9, contentMD5: Array(wrong.prefix(16))), .badDigest),
            (
                PayloadDescription(
                    form: .unsigned, length: 9,
                    checksum: .given(ObjectChecksum(algorithm: .crc32, value: Array(wrong.prefix(4))))), .badDigest
            ),
            (PayloadDescription(form: .unsigned, length: 10), .incompleteBody),
            (PayloadDescription(form: .unsigned, length: 8), .incompleteBody),
        ]
        for (payload, code) in cases {
            let error = s3Error { () throws(S3Error) in try receive(body, payload, nil, pieces: [5]) }
            #expect(error?.code == code)
        }
    }
}
