import Core
import ErasureCode
import TestSupport
import Testing

@Suite("Erasure code")
struct ErasureCoderTests {
    static let schemes = [(1, 0), (1, 1), (2, 1), (2, 2), (4, 2), (8, 4)].map {
        Scheme(dataCount: $0.0, parityCount: $0.1)
    }

    /// Any k of the k+m fragments give the others, for every choice of k.
    @Test(arguments: schemes)
    func anyKReconstruct(scheme: Scheme) throws {
        var random = SplitMix64(seed: 1)
        let size = 192
        let data = (0..<scheme.dataCount).map { _ in IOSlice(copying: random.bytes(size)) }
        let fragments = data + Self.parity(of: data, scheme)
        let coder = ErasureCoder(scheme)
        for choice in 0..<(1 << scheme.fragmentCount) where choice.nonzeroBitCount == scheme.dataCount {
            let there = (0..<scheme.fragmentCount).filter { choice >> $0 & 1 == 1 }
            let lost = (0..<scheme.fragmentCount).filter { choice >> $0 & 1 == 0 }
            let wanted = lost.map { (index: $0, bytes: IOBuffer(capacity: size).slice(0..<size)) }
            #expect(coder.reconstruct(available: there.map { ($0, fragments[$0]) }, wanted: wanted))
            for (index, bytes) in wanted { #expect(bytes.bytes == fragments[index].bytes) }
        }
    }

    private static func parity(of data: [IOSlice], _ scheme: Scheme, pieces: Int = 1) -> [IOSlice] {
        let size = data[0].count
        let parity = (0..<scheme.parityCount).map { _ in IOSlice(copying: [UInt8](repeating: 0, count: size)) }
        for (index, fragment) in data.enumerated() {
            for piece in 0..<pieces {
                let range = (piece * size / pieces, (piece + 1) * size / pieces)
                ErasureCoder(scheme).accumulate(
                    fragment.dropFirst(range.0).prefix(range.1 - range.0), ofFragment: index,
                    into: parity.map { $0.dropFirst(range.0).prefix(range.1 - range.0) })
            }
        }
        return parity.map { $0.prefix(size) }
    }

    @Test func parityInPiecesIsTheSame() {
        let scheme = Scheme(dataCount: 4, parityCount: 2)
        var random = SplitMix64(seed: 2)
        let data = (0..<4).map { _ in IOSlice(copying: random.bytes(1000)) }
        let whole = Self.parity(of: data, scheme).map(\.bytes)
        #expect(Self.parity(of: data, scheme, pieces: 7).map(\.bytes) == whole)
    }

    @Test func tooFew() {
        let coder = ErasureCoder(Scheme(dataCount: 4, parityCount: 2))
        let slice = IOSlice(copying: [UInt8](repeating: 0, count: 64))
        #expect(!coder.reconstruct(available: [(0, slice), (1, slice), (2, slice)], wanted: [(3, slice)]))
    }

    /// The schemes by number of drives, and f = ceil(length / k) rounded up to 64 B.
    @Test func layout() {
        #expect(
            [1, 2, 3, 4, 5, 6, 11, 12, 40].map { Scheme.forUnits($0).description }
                == ["1+0", "1+1", "2+1", "2+2", "2+2", "4+2", "4+2", "8+4", "8+4"])
        let scheme = Scheme(dataCount: 4, parityCount: 2)
        #expect(StripeLayout.fragmentSize(scheme: scheme, stripeLength: 1) == 64)
        #expect(StripeLayout.fragmentSize(scheme: scheme, stripeLength: 256) == 64)
        #expect(StripeLayout.fragmentSize(scheme: scheme, stripeLength: 257) == 128)
        let layout = StripeLayout(scheme: scheme, stripeSizeBytes: 1024, blobSizeBytes: 2500)
        #expect(layout.stripeCount == 3)
        #expect(layout.length(ofStripe: 2) == 452)
        #expect(
            layout.pieces(stripe: 2, range: 100..<300) == [
                StripeLayout.Piece(stripe: 2, fragment: 0, range: 100..<128),
                StripeLayout.Piece(stripe: 2, fragment: 1, range: 0..<128),
                StripeLayout.Piece(stripe: 2, fragment: 2, range: 0..<44),
            ])
    }
}
