import Core
import TestSupport
import Testing

@Suite("Digests")
struct DigestTests {
    /// "123456789" is the check input of the catalogue of parametrised CRC algorithms (Cook) for all three.
    @Test func checkValues() {
        let input = Array("123456789".utf8)
        var crc32 = CRC32()
        var crc64 = CRC64NVME()
        input.withUnsafeBytes {
            crc32.update($0)
            crc64.update($0)
        }
        #expect(CRC32C.of(input) == 0xE306_9283)
        #expect(crc32.value == 0xCBF4_3926)
        #expect(crc64.value == 0xAE8B_1486_0A79_9888)
    }

    /// RFC 3720, appendix B.4: 32 bytes of zeros.
    @Test func crc32cOfZeros() { #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA) }

    @Test(arguments: [0, 1, 15, 64, 127, 255, 256, 257, 383, 384, 4096, 70_001])
    func crc64IsTheSameInPieces(count: Int) {
        var random = SplitMix64(seed: UInt64(count))
        let bytes = random.bytes(count)
        var whole = CRC64NVME()
        bytes.withUnsafeBytes { whole.update($0) }
        var pieces = CRC64NVME()
        for start in stride(from: 0, to: count, by: 7) {
            bytes[start..<min(start + 7, count)].withUnsafeBytes { pieces.update($0) }
        }
        #expect(whole.value == pieces.value)
    }

    @Test(arguments: [(0, 0), (1, 0), (0, 1), (5, 9), (65_536, 65_536), (100, 70_000)])
    func crc32cOfConcatenation(first: Int, second: Int) {
        var random = SplitMix64(seed: 7)
        let left = random.bytes(first)
        let right = random.bytes(second)
        #expect(CRC32C.combine(CRC32C.of(left), CRC32C.of(right), count: second) == CRC32C.of(left + right))
    }

    /// By awscrt (0.38.1) and Python's zlib, of 1,000 times "A", 1,001 times "B", 1,002 times "C".
    @Test func crcsOfThreeRuns() {
        let counts = [1000, 1001, 1002]
        let crc32: [UInt32] = [0x51A0_2E01, 0x42C0_6E4A, 0x05A6_E8D0]
        let crc32c: [UInt32] = [0x8D2D_5324, 0xD78C_DA28, 0x2464_37D8]
        let crc64: [UInt64] = [0x58C9_409C_8614_25EE, 0x3094_A5C8_9E7C_1A27, 0x98FC_A0B1_F4F8_F9D3]
        let tail = { (index: Int) in (index, counts[index]) }
        #expect([1, 2].map(tail).reduce(crc32[0]) { CRC32.combine($0, crc32[$1.0], count: $1.1) } == 0x6333_C5CF)
        #expect([1, 2].map(tail).reduce(crc32c[0]) { CRC32C.combine($0, crc32c[$1.0], count: $1.1) } == 0x9F9C_FCBB)
        #expect(
            [1, 2].map(tail).reduce(crc64[0]) { CRC64NVME.combine($0, crc64[$1.0], count: $1.1) }
                == 0xF9F8_4E5B_C37C_5819)
    }

    /// Of nothing: xxHash's `cli/tests` and specification; the others by awscrt (0.38.1).
    @Test(arguments: [
        ("", "ef46db3751d8e999", "2d06800538d394c2", "99aa06d3014798d86001c324468d497f"),
        ("123456789", "8cb841db40e6ae83", "72dcb18b67a17dff", "33119477ede5dcd5e9716427681d5860"),
        ("hello", "26c7827d889f6da3", "9555e8555c62dcfd", "b5e9c1ad071b3e7fc779cfaa5e523818"),
    ])
    func xxHashes(text: String, xxh64: String, xxh3: String, xxh128: String) {
        let bytes = Array(text.utf8)
        #expect(Hexadecimal.encode(XXHash.of(bytes, .xxh64)) == xxh64)
        #expect(Hexadecimal.encode(XXHash.of(bytes, .xxh3)) == xxh3)
        #expect(Hexadecimal.encode(XXHash.of(bytes, .xxh128)) == xxh128)
    }

    /// By awscrt (0.38.1): the bytes 0 to 255, five times, in pieces.
    @Test func xxHashesInPieces() {
        let bytes = (0..<1280).map { UInt8(truncatingIfNeeded: $0) }
        for (algorithm, expected) in [
            (XXHash.Algorithm.xxh64, "afc184ad7938a354"), (.xxh3, "4844b009e164352e"),
            (.xxh128, "d92ab3a1cb0542a74844b009e164352e"),
        ] {
            let hash = XXHash(algorithm)
            for _ in 0..<2 {
                for start in stride(from: 0, to: bytes.count, by: 77) {
                    bytes[start..<min(start + 77, bytes.count)].withUnsafeBytes { hash.update($0) }
                }
                // Twice: finishing starts anew.
                #expect(Hexadecimal.encode(hash.finish()) == expected)
            }
        }
    }

    /// RFC 1321 appendix A.5; FIPS 180-4 examples.
    @Test func digestsOfABC() {
        let abc = Array("abc".utf8)
        #expect(Hexadecimal.encode(Digest.of(abc, .md5)) == "900150983cd24fb0d6963f7d28e17f72")
        #expect(Hexadecimal.encode(Digest.of(abc, .sha1)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(
            Hexadecimal.encode(Digest.of(abc, .sha256))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    /// RFC 4231, test case 2.
    @Test func hmac() {
        let mac = HMACSHA256.authenticate(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(
            Hexadecimal.encode(mac) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy"),
    ])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test(arguments: ["Zg=", "Zh==", "Z===", "====", "Zm9v\n", "Zm 9"])
    func notBase64(text: String) { #expect(Base64.decode(text) == nil) }
}

@Suite("Sealed secrets")
struct SealingKeyTests {
    private struct Counting: Entropy {
        func next() -> UInt64 { 0x0123_4567_89AB_CDEF }
    }

    private static let key = SealingKey([UInt8](repeating: 7, count: 32))

    @Test func opensWhatItSealed() throws {
        for count in [0, 1, 40, 1000] {
            let secret = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            let sealed = Self.key.seal(secret, for: "name", Counting())
            #expect(sealed.count == 1 + 8 + 12 + count + 16)
            #expect(try Self.key.open(sealed, for: "name") == secret)
        }
    }

    @Test func refusesOtherNamesKeysAndBytes() {
        let sealed = Self.key.seal(Array("secret".utf8), for: "name", Counting())
        #expect(throws: SealingKey.Failure.damaged) { try Self.key.open(sealed, for: "other") }
        let other = SealingKey([UInt8](repeating: 8, count: 32))
        #expect(throws: SealingKey.Failure.otherKey(Self.key.id)) { try other.open(sealed, for: "name") }
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: SealingKey.Failure.self) { try Self.key.open(changed, for: "name") }
        }
        for count in 0..<sealed.count {
            #expect(throws: SealingKey.Failure.damaged) { try Self.key.open(Array(sealed.prefix(count)), for: "name") }
        }
    }

    /// AES-256-GCM by another implementation: `AESGCM(bytes([7]*32)).encrypt(nonce, b"secret", b"name")` of Python's
    /// cryptography, with the nonce of this test's entropy.
    @Test func isTheStandardsCipher() throws {
        let sealed = Self.key.seal(Array("secret".utf8), for: "name", Counting())
        #expect(Array(sealed[9..<21]) == Hexadecimal.decode("efcdab8967452301efcdab89"))
        #expect(Hexadecimal.encode(Array(sealed[21...])) == "9674dd0f5e0af947475be00a70cdf76e78e6252e9f1b")
    }
}
