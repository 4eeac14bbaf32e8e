import Core
import S3
import SearchIndex

/// A search as the shards are to carry it out, read from what the client wrote.
struct SearchPlan: Sendable {
    var query: IndexQuery
    var sort: [SortKey]
    var facets: [FacetRequest]
    /// Some clause scores, and the order or the answer needs it.
    var needsStatistics: Bool

    init(_ request: SearchRequest, _ scope: SearchScope, now: WallTime) throws(S3Error) {
        let context = QueryContext(
            now: Int64(clamping: now.milliseconds), buckets: scope.queryBuckets, schema: scope.schema)
        query = try Self.parse(request.query, context)
        sort = try request.sort.map { (sort) throws(S3Error) in try Self.sortKey(sort, scope.schema) }
        facets = try request.facets.map { (text) throws(S3Error) in try FacetText(text, context).request }
        needsStatistics = query.scores
    }

    static func parse(_ text: String, _ context: QueryContext) throws(S3Error) -> IndexQuery {
        do throws(QueryError) {
            return try Query(parsing: text).normalised(context)
        } catch {
            throw S3Error(error)
        }
    }

    private static func sortKey(_ sort: SearchRequest.Sort, _ schema: SearchSchema) throws(S3Error) -> SortKey {
        switch sort.field {
        case "relevance", "score": return SortKey(.relevance, isDescending: sort.isDescending ?? true)
        case "key": return SortKey(.key, isDescending: sort.isDescending ?? false)
        case "size": return SortKey(.column(.size), isDescending: sort.isDescending ?? false)
        case "modified", "created": return SortKey(.column(.modified), isDescending: sort.isDescending ?? false)
        default: break
        }
        guard let name = MetadataName(text: sort.field) else {
            throw S3Error(
                .invalidArgument, "Sort by relevance, key, size, modified, meta.NAME or tag.NAME.",
                details: [S3Error.Detail("ArgumentName", "sort"), S3Error.Detail("ArgumentValue", sort.field)])
        }
        guard let field = schema.fields.first(where: { $0.name == name }) else { throw .undeclared(name) }
        return SortKey(
            field.kind == .keyword ? .keyword(name) : .column(.declared(name)),
            isDescending: sort.isDescending ?? false)
    }
}

extension IndexQuery {
    /// True if some clause scores by BM25.
    var scores: Bool {
        switch self {
        case .term, .phrase: true
        case .and(let list), .or(let list): list.contains(where: \.scores)
        case .boost(let query, _): query.scores
        default: false
        }
    }
}

extension S3Error {
    static func undeclared(_ name: MetadataName) -> S3Error {
        S3Error(
            .invalidSearchQuery,
            "\(name.text) is not declared: PUT ?search with {\"fields\": [{\"name\": \"\(name.text)\", \"type\": "
                + "\"number\"}]} declares it, as number, date or keyword.",
            details: [S3Error.Detail("Reason", "undeclared-field"), S3Error.Detail("Field", name.text)])
    }

    init(_ error: QueryError) {
        var details = [
            Detail("Reason", error.code.rawValue), Detail("Offset", "\(error.offset)"),
            Detail("Length", "\(error.length)"), Detail("Column", "\(error.column)"),
        ]
        for expected in error.expected { details.append(Detail("Expected", expected)) }
        if let suggestion = error.suggestion { details.append(Detail("Suggestion", suggestion)) }
        self.init(.invalidSearchQuery, error.message, details: details)
    }

    init(_ error: SearchServiceError, shard: ShardID) {
        switch error {
        case .unavailable(let reason):
            self.init(.serviceUnavailable, "Shard \(shard) cannot be searched now: \(reason).")
        case .timedOut: self.init(.searchTimeout, "Shard \(shard) did not answer in time.")
        case .query(.tooManyTerms(let pattern)):
            self.init(
                .invalidSearchQuery,
                "More than \(QueryLimits.expandedTerms) words fit \"\(String(decoding: pattern, as: UTF8.self))\".",
                details: [Detail("Reason", "too-many-terms")])
        case .query(.tooManyFacetValues):
            self.init(
                .invalidSearchQuery, "A facet has too many different values.",
                details: [Detail("Reason", "too-many-facet-values")])
        case .query(.undeclaredField(let name)): self = .undeclared(name)
        }
    }
}

/// `FIELD[:SIZE]`, `FIELD[A..B,C..]` or `FIELD:hour|day|week|month|quarter|year`.
struct FacetText {
    let request: FacetRequest

    private static let intervals: [String: FacetRequest.Interval] = [
        "hour": .hour, "day": .day, "week": .week, "month": .month, "quarter": .quarter, "year": .year,
    ]

    init(_ text: String, _ context: QueryContext) throws(S3Error) {
        let refusal = S3Error(
            .invalidArgument, "A facet is FIELD, FIELD:SIZE, FIELD[A..B,C..] or FIELD:month.",
            details: [S3Error.Detail("ArgumentName", "facets"), S3Error.Detail("ArgumentValue", text)])
        if let open = text.firstIndex(of: "[") {
            guard text.last == "]" else { throw refusal }
            let field = String(text[..<open])
            guard let column = try Self.column(field, context) else { throw refusal }
            let pieces = text[text.index(after: open)...].dropLast()
                .split(separator: ",", omittingEmptySubsequences: false)
            guard (1...64).contains(pieces.count) else { throw refusal }
            var ranges: [FacetRequest.Range] = []
            for piece in pieces {
                guard let (lower, upper) = Self.bounds(piece) else { throw refusal }
                ranges.append(
                    FacetRequest.Range(
                        lower: try Self.bound(field, ">=", lower, context),
                        upper: try Self.bound(field, "<", upper, context)))
            }
            request = .ranges(column, ranges)
            return
        }
        var field = text
        var option: String?
        if let colon = text.lastIndex(of: ":") {
            field = String(text[..<colon])
            option = String(text[text.index(after: colon)...])
        }
        if let option, let interval = Self.intervals[option] {
            guard let column = try Self.column(field, context) else { throw refusal }
            request = .dateHistogram(column, interval)
            return
        }
        var size = 10
        if let option {
            guard let number = Int(option), (1...100).contains(number) else { throw refusal }
            size = number
        }
        guard let terms = Self.terms(field) else { throw refusal }
        request = .terms(terms, size: size)
    }

    /// What stands before and after the two dots.
    private static func bounds(_ piece: Substring) -> (String, String)? {
        let bytes = Array(piece.utf8)
        let dot = UInt8(ascii: ".")
        guard let index = bytes.indices.dropLast().first(where: { bytes[$0] == dot && bytes[$0 + 1] == dot }) else {
            return nil
        }
        return (
            String(decoding: bytes[..<index], as: UTF8.self), String(decoding: bytes[(index + 2)...], as: UTF8.self)
        )
    }

    private static func terms(_ field: String) -> FacetRequest.TermsField? {
        switch field {
        case "bucket": .bucket
        case "type": .keyword(.contentType)
        case "ext": .keyword(.fileExtension)
        case "owner": .keyword(.owner)
        case "class": .keyword(.storageClass)
        default: MetadataName(text: field).map { .keyword(.metadata($0)) }
        }
    }

    private static func column(_ field: String, _ context: QueryContext) throws(S3Error) -> ColumnField? {
        switch field {
        case "size": return .size
        case "modified", "created": return .modified
        default: break
        }
        guard let name = MetadataName(text: field) else { return nil }
        guard let declared = context.schema.fields.first(where: { $0.name == name }), declared.kind != .keyword else {
            throw .undeclared(name)
        }
        return .declared(name)
    }

    /// As the query language reads it; nil if it is empty. The end of a range does not belong to it.
    private static func bound(
        _ field: String, _ comparison: String, _ text: String, _ context: QueryContext
    ) throws(S3Error) -> Int64? {
        if text.isEmpty { return nil }
        switch try SearchPlan.parse("\(field):\(comparison)\(text)", context) {
        case .range(_, let lower?, nil): return lower
        case .range(_, nil, let upper?): return upper == .max ? nil : upper + 1
        default:
            throw S3Error(
                .invalidArgument, "\"\(text)\" is no bound of \(field).",
                details: [S3Error.Detail("ArgumentName", "facets"), S3Error.Detail("ArgumentValue", text)])
        }
    }
}
