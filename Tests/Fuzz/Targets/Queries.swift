import Core
import SearchIndex

/// A query is read, and then means something, or it is refused at a place within it; what was read prints as something
/// that is read as the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = FuzzInput(start, count).bytes
    let query: Query
    do throws(QueryError) {
        query = try Query(parsing: text)
    } catch {
        checkPlace(error, in: text)
        return 0
    }
    let printed = query.description
    do throws(QueryError) {
        let again = try Query(parsing: printed)
        check(again == query, "\(printed) is another query")
    } catch {
        // Backslashes make it longer.
        check(error.code == .queryTooLong, "\(printed): \(error)")
    }
    for schema in schemas {
        do throws(QueryError) {
            let meaning = try query.normalised(QueryContext(now: 1_795_775_415_250, buckets: buckets, schema: schema))
            var highlighter = Highlighter(meaning, schema: schema)
            if let highlight = highlighter.key(text) {
                check(highlight.range == 0..<text.count, "\(highlight)")
            }
            _ = highlighter.value(text, of: MetadataName(.userMetadata, "a"), pieceBytes: 20)
        } catch {
            checkPlace(error, in: text)
        }
    }
    return 0
}

private func checkPlace(_ error: QueryError, in text: [UInt8]) {
    check(error.offset >= 0 && error.length >= 0 && error.offset + error.length <= text.count, "\(error)")
    check(error.column >= 1 && error.column <= text.count + 1, "\(error)")
}

private let buckets: [(name: String, id: BucketID)] = [("logs", BucketID(1)), ("photos", BucketID(2))]

private let schemas = [
    SearchSchema.standard,
    SearchSchema(
        fields: [
            SearchSchema.DeclaredField(MetadataName(.userMetadata, "a"), .number),
            SearchSchema.DeclaredField(MetadataName(.userMetadata, "b"), .date),
            SearchSchema.DeclaredField(MetadataName(.tag, "a"), .keyword),
        ], stemmer: "english"),
]
