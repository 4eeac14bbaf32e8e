private import CISAL
public import Core

/// Systematic Reed–Solomon code over GF(2^8) with a Cauchy matrix, by ISA-L. Any k fragments give the rest.
///
/// Cauchy, not Vandermonde: ISA-L's Vandermonde matrix is not invertible for every choice of k rows.
public final class ErasureCoder: Sendable {
    public let scheme: Scheme
    /// (k+m) × k coefficients; the first k rows are the identity.
    private let matrix: [UInt8]
    /// ISA-L's expanded tables of the parity rows: 32 bytes a coefficient.
    private let parityTables: [UInt8]

    public init(_ scheme: Scheme) {
        let k = scheme.dataCount
        let m = scheme.parityCount
        var matrix = [UInt8](repeating: 0, count: (k + m) * k)
        gf_gen_cauchy1_matrix(&matrix, Int32(k + m), Int32(k))
        var tables = [UInt8](repeating: 0, count: max(1, 32 * k * m))
        if m > 0 {
            var parityRows = Array(matrix[(k * k)...])
            ec_init_tables(Int32(k), Int32(m), &parityRows, &tables)
        }
        self.scheme = scheme
        self.matrix = matrix
        self.parityTables = tables
    }

    /// Adds one run of a data fragment to the parity at the same place. The parity must hold zeros, or what earlier
    /// calls put there; after a call for every data fragment it is complete.
    /// - Parameters:
    ///   - parity: m slices, each as long as `data`.
    public func accumulate(_ data: IOSlice, ofFragment fragment: Int, into parity: [IOSlice]) {
        precondition(fragment < scheme.dataCount && parity.count == scheme.parityCount, "wrong fragment or parity")
        precondition(parity.allSatisfy { $0.count == data.count }, "parity of another length")
        guard !parity.isEmpty, data.count > 0 else { return }
        withPointers(parity) { outputs in
            data.withMutableBytes { input in
                parityTables.withUnsafeBufferPointer { tables in
                    // ISA-L declares its inputs without const and only reads them.
                    ec_encode_data_update(
                        Int32(data.count), Int32(scheme.dataCount), Int32(scheme.parityCount), Int32(fragment),
                        UnsafeMutablePointer(mutating: tables.baseAddress),
                        input.baseAddress?.assumingMemoryBound(to: UInt8.self), outputs)
                }
            }
        }
    }

    /// Computes lost fragments, data or parity, from any k others.
    /// - Parameters:
    ///   - available: at least k fragments by index, all of one length.
    ///   - wanted: fragments by index to compute, with the slices that receive them.
    /// - Returns: false if fewer than k fragments are available.
    public func reconstruct(
        available: [(index: Int, bytes: IOSlice)], wanted: [(index: Int, bytes: IOSlice)]
    ) -> Bool {
        let k = scheme.dataCount
        guard available.count >= k else { return false }
        guard !wanted.isEmpty else { return true }
        let sources = Array(available.sorted { $0.index < $1.index }.prefix(k))
        let length = sources[0].bytes.count
        precondition(
            sources.allSatisfy { $0.bytes.count == length } && wanted.allSatisfy { $0.bytes.count == length },
            "fragments of different lengths")

        // Rows of the fragments that are there, inverted, give data from them; a wanted row times that gives the
        // wanted fragment from them.
        var rows: [UInt8] = []
        for source in sources { rows += matrix[source.index * k..<(source.index + 1) * k] }
        var inverse = [UInt8](repeating: 0, count: k * k)
        let inverted = gf_invert_matrix(&rows, &inverse, Int32(k))
        precondition(inverted == 0, "a Cauchy submatrix is always invertible")
        var coefficients: [UInt8] = []
        for fragment in wanted {
            let row = matrix[fragment.index * k..<(fragment.index + 1) * k]
            for column in 0..<k {
                var sum: UInt8 = 0
                for (place, value) in row.enumerated() { sum ^= gf_mul(value, inverse[place * k + column]) }
                coefficients.append(sum)
            }
        }
        var tables = [UInt8](repeating: 0, count: 32 * k * wanted.count)
        ec_init_tables(Int32(k), Int32(wanted.count), &coefficients, &tables)
        withPointers(sources.map(\.bytes)) { inputs in
            withPointers(wanted.map(\.bytes)) { outputs in
                ec_encode_data(Int32(length), Int32(k), Int32(wanted.count), &tables, inputs, outputs)
            }
        }
        return true
    }

    /// Pointers to the starts of slices, valid within `body`; the slices are kept alive by the caller's array.
    private func withPointers(
        _ slices: [IOSlice], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Void
    ) {
        var pointers: [UnsafeMutablePointer<UInt8>?] = slices.map { slice in
            slice.withMutableBytes { $0.baseAddress?.assumingMemoryBound(to: UInt8.self) }
        }
        withExtendedLifetime(slices) {
            pointers.withUnsafeMutableBufferPointer { body($0.baseAddress) }
        }
    }
}
