import Core
import SearchIndex
import Testing

@Suite("Order of hits")
struct ContractTests {
    private func at(_ values: [SortValue], _ bucket: UInt64 = 1, _ key: String = "k") -> SortPosition {
        SortPosition(values: values, bucket: BucketID(bucket), key: Array(key.utf8))
    }

    @Test func tiesGoByBucketAndKey() {
        #expect(at([.score(1)], 1, "a").precedes(at([.score(1)], 1, "b"), under: []))
        #expect(at([.score(1)], 1, "z").precedes(at([.score(1)], 2, "a"), under: []))
        #expect(at([.score(2)], 9, "z").precedes(at([.score(1)], 1, "a"), under: []))
        #expect(!at([.score(1)]).precedes(at([.score(1)]), under: []))
    }

    @Test(arguments: [false, true]) func whatHasNoValueComesLast(isDescending: Bool) {
        let sort = [SortKey(.column(.size), isDescending: isDescending)]
        #expect(at([.number(1)]).precedes(at([.missing]), under: sort))
        #expect(!at([.missing]).precedes(at([.number(1)]), under: sort))
        #expect(at([.number(1)]).precedes(at([.number(2)]), under: sort) == !isDescending)
    }

    @Test func numbersKeepTheirOrder() {
        let numbers: [Double] = [-.infinity, -1e300, -2, -1.5, -.leastNonzeroMagnitude, 0, 1e-300, 1, 2.5, .infinity]
        let values = numbers.map(ColumnValue.of)
        #expect(values == values.sorted())
        #expect(values.map(ColumnValue.number) == numbers)
        #expect(ColumnValue.of(-0.0) == ColumnValue.of(0))
    }
}
