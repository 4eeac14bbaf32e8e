/// Queries of terms alone have a shorter way to the best hits.
enum FlatSearch {
    static func applies(_ plan: SegmentPlan, _ request: SegmentRequest) -> Bool { false }

    static func run(
        _ plan: SegmentPlan, _ request: SegmentRequest, _ range: Range<UInt32>, _ top: inout TopList,
        _ isCancelled: @Sendable () -> Bool
    ) throws(IndexError) -> Bool { true }
}
