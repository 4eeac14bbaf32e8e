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
