import Core

/// A document on its way into a segment.
struct PendingDocument: Sendable {
    /// Bucket in eight bytes (big-endian), then the key.
    var key: [UInt8]
    var document: IndexDocument
    var schema: SearchSchema

    static func key(_ bucket: BucketID, _ key: [UInt8]) -> [UInt8] {
        var full = [UInt8](repeating: 0, count: 8 + key.count)
        full.withUnsafeMutableBytes { target in
            target.storeBytes(of: bucket.rawValue.bigEndian, as: UInt64.self)
            UnsafeMutableRawBufferPointer(rebasing: target[8...]).copyBytes(from: key)
        }
        return full
    }
}

/// Makes a segment of documents: analyses them in the order of their keys, writes down every occurrence of a term, sorts
/// the occurrences by field, term and document, and hands each term's list to the writer.
struct SegmentBuilder: ~Copyable {
    private struct Occurrence {
        var word: UInt32
        var field: UInt32
        var document: UInt32
        var position: UInt32
    }

    /// The three fields of a metadata name, and its column.
    private struct NamedFields {
        var name: MetadataName
        var words: UInt32
        var value: UInt32
        var present: UInt32
        var column: Int?
    }

    private let writer: SegmentWriter
    private var words = WordTable()
    private var codes: [[UInt8]] = []
    private var named: [MetadataName: Int] = [:]
    private var namedFields: [NamedFields] = []
    private var recent: [Int] = []
    private var occurrences: [Occurrence] = []
    private var tokens = TokenBuffer()
    private var plain = Analyzer()
    private var stemming: (name: String, analyzer: Analyzer)?
    private var document: UInt32 = 0
    private var columns: [(name: MetadataName?, values: [Int64], present: [Bool])] = []
    private let empty: UInt32

    /// The positions that no phrase reaches over, between the values of a document.
    static let gap: UInt32 = 100
    /// Of a value kept as a whole, in bytes.
    static let keywordBytes = 1024

    /// - Parameter documents: ascending by key, no key twice.
    static func segment(id: UInt64, _ documents: [PendingDocument]) -> Segment {
        var builder = SegmentBuilder(documents.count)
        for document in documents { builder.add(document) }
        return builder.finished(id: id, documents.count)
    }

    private init(_ count: Int) {
        writer = SegmentWriter(documentCount: count)
        empty = 0
        _ = words.number(of: UnsafeRawBufferPointer(start: nil, count: 0))
        for code in [
            [FieldCode.all], [FieldCode.key], [FieldCode.name], [FieldCode.keywordName], [FieldCode.fileExtension],
            [FieldCode.contentType], [FieldCode.owner], [FieldCode.storageClass], [FieldCode.entityTag],
            [FieldCode.version],
        ] { codes.append(code) }
        for code in FieldCode.keywordName...FieldCode.version { codes.append([FieldCode.present, code]) }
        for _ in 0..<2 {
            columns.append((nil, [Int64](repeating: 0, count: count), [Bool](repeating: true, count: count)))
        }
        occurrences.reserveCapacity(count * 64)
    }

    private mutating func add(_ pending: PendingDocument) {
        let source = pending.document
        pending.key.withUnsafeBytes { writer.addKey($0) }
        columns[0].values[Int(document)] = Int64(clamping: source.sizeBytes)
        columns[1].values[Int(document)] = source.modifiedMilliseconds
        addKey(source.key)
        var position = tokens.nextPosition
        var length = tokens.nextPosition
        for (index, field) in source.userMetadata.enumerated() {
            let isRepeated = source.userMetadata[..<index].contains { $0.name == field.name }
            if !isRepeated { add(field, .userMetadata, pending.schema, &position, &length) }
        }
        for (index, field) in source.tags.enumerated() {
            let isRepeated = source.tags[..<index].contains { $0.name == field.name }
            if !isRepeated { add(field, .tag, pending.schema, &position, &length) }
        }
        if !source.contentType.isEmpty {
            tokens.removeAll()
            Self.withBytes(source.contentType) { plain.addWords($0, to: &tokens) }
            addToAll(&position, &length)
            addKeyword(5, ContentTypeName.normalised(source.contentType))
        }
        writer.plane(0)[Int(document)] = WordCount.encoded(Int(length))
        if let suffix = source.key.withUnsafeBytes({ KeyName.fileExtension(of: $0) }) { addKeyword(4, suffix) }
        addKeyword(6, source.owner)
        addKeyword(7, source.storageClass)
        addKeyword(8, KeywordForm.stored(.entityTag, Array(source.entityTag.utf8)), isEmpty: source.entityTag.isEmpty)
        addKeyword(9, source.version)
        document += 1
    }

    private mutating func addKey(_ key: [UInt8]) {
        tokens.removeAll()
        let name = key.withUnsafeBytes { bytes in
            plain.addKey(bytes, to: &tokens)
            return KeyName.lastComponent(of: bytes)
        }
        var (first, last) = (UInt32.max, UInt32(0))
        for token in tokens.tokens
        where Int(token.sourceStart) >= name.lowerBound && Int(token.sourceEnd) <= name.upperBound {
            first = min(first, token.position)
            last = max(last, token.position)
        }
        for index in tokens.tokens.indices {
            let token = tokens.tokens[index]
            let word = number(of: token)
            append(word, 0, token.position)
            append(word, 1, token.position)
            if Int(token.sourceStart) >= name.lowerBound, Int(token.sourceEnd) <= name.upperBound {
                append(word, 2, token.position - first)
            }
        }
        writer.plane(1)[Int(document)] = WordCount.encoded(Int(tokens.nextPosition))
        if first <= last { writer.plane(2)[Int(document)] = WordCount.encoded(Int(last - first) + 1) }
        key.withUnsafeBytes { addKeyword(3, UnsafeRawBufferPointer(rebasing: $0[name])) }
    }

    private mutating func add(
        _ field: IndexDocument.Field, _ source: MetadataName.Source, _ schema: SearchSchema, _ position: inout UInt32,
        _ length: inout UInt32
    ) {
        let fields = self.fields(source, field.name)
        tokens.removeAll()
        if let stemmer = schema.stemmer {
            if stemming?.name != stemmer { stemming = (stemmer, Analyzer(stemmer: stemmer)) }
            Self.withBytes(field.value) { stemming?.analyzer.addWords($0, to: &tokens) }
        } else {
            Self.withBytes(field.value) { plain.addWords($0, to: &tokens) }
        }
        if tokens.nextPosition > 0 {
            let start = position + Self.gap
            for index in tokens.tokens.indices {
                let token = tokens.tokens[index]
                let word = number(of: token)
                append(word, 0, token.position + start)
                append(word, namedFields[fields].words, token.position)
            }
            // The number of words, as the frequency of the empty term.
            let count = WordCount.decoded(WordCount.encoded(Int(tokens.nextPosition)))
            for place in 0..<count { append(empty, namedFields[fields].words, UInt32(place)) }
            position = start + tokens.nextPosition
            length += tokens.nextPosition
        }
        Self.withBytes(field.value) { bytes in
            let cut = UnsafeRawBufferPointer(rebasing: bytes[..<Self.keywordLength(bytes)])
            append(words.number(of: cut), namedFields[fields].value, 0)
        }
        append(empty, namedFields[fields].present, 0)
        guard let declared = schema.fields.first(where: { $0.name == namedFields[fields].name }),
            declared.kind != .keyword, let value = DeclaredValue.column(of: field.value, kind: declared.kind)
        else { return }
        let column = namedFields[fields].column ?? columns.count
        if column == columns.count {
            namedFields[fields].column = column
            columns.append(
                (
                    declared.name, [Int64](repeating: 0, count: writer.documentCount),
                    [Bool](repeating: false, count: writer.documentCount)
                ))
        }
        columns[column].values[Int(document)] = value
        columns[column].present[Int(document)] = true
    }

    /// Up to where a value is kept as a whole: a character is not cut.
    static func keywordLength(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count > keywordBytes else { return bytes.count }
        var end = keywordBytes
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return end
    }

    private mutating func addToAll(_ position: inout UInt32, _ length: inout UInt32) {
        guard tokens.nextPosition > 0 else { return }
        let start = position + Self.gap
        for index in tokens.tokens.indices {
            let token = tokens.tokens[index]
            append(number(of: token), 0, token.position + start)
        }
        position = start + tokens.nextPosition
        length += tokens.nextPosition
    }

    private mutating func addKeyword(_ field: UInt32, _ value: String) {
        guard !value.isEmpty else { return }
        Self.withBytes(value) { addKeyword(field, $0) }
    }

    private mutating func addKeyword(_ field: UInt32, _ value: [UInt8], isEmpty: Bool = false) {
        guard !isEmpty else { return }
        value.withUnsafeBytes { addKeyword(field, $0) }
    }

    private mutating func addKeyword(_ field: UInt32, _ value: UnsafeRawBufferPointer) {
        guard !value.isEmpty else { return }
        append(words.number(of: value), field, 0)
        append(empty, field + 7, 0)
    }

    private mutating func append(_ word: UInt32, _ field: UInt32, _ position: UInt32) {
        occurrences.append(Occurrence(word: word, field: field, document: document, position: position))
    }

    private mutating func number(of token: TokenBuffer.Token) -> UInt32 {
        tokens.bytes.withUnsafeBytes { bytes in
            words.number(of: UnsafeRawBufferPointer(rebasing: bytes[Int(token.start)..<Int(token.end)]))
        }
    }

    private static func withBytes(_ text: String, _ body: (UnsafeRawBufferPointer) -> Void) {
        var text = text
        text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }

    /// Documents of a batch mostly have the same names in the same order, so the fields used last are looked at first.
    private mutating func fields(_ source: MetadataName.Source, _ name: String) -> Int {
        for index in recent where namedFields[index].name.source == source && namedFields[index].name.name == name {
            return index
        }
        let key = MetadataName(source, name)
        let index = named[key] ?? makeFields(key)
        recent.append(index)
        if recent.count > 16 { recent.removeFirst() }
        return index
    }

    private mutating func makeFields(_ name: MetadataName) -> Int {
        let first = UInt32(codes.count)
        codes.append(FieldCode.of(FieldCode.metadataWords, name))
        codes.append(FieldCode.of(FieldCode.metadataValue, name))
        codes.append(FieldCode.of(FieldCode.metadataPresent, name))
        namedFields.append(NamedFields(name: name, words: first, value: first + 1, present: first + 2))
        named[name] = namedFields.count - 1
        return namedFields.count - 1
    }

    // MARK: Sorting

    private consuming func finished(id: UInt64, _ count: Int) -> Segment {
        writer.addTotals()
        for column in columns {
            writer.addColumn(column.name, column.values, present: column.name == nil ? nil : column.present)
        }
        let order = codes.indices.sorted { codes[$0].lexicographicallyPrecedes(codes[$1]) }
        var fieldRanks = [UInt32](repeating: 0, count: codes.count)
        for (rank, field) in order.enumerated() { fieldRanks[field] = UInt32(rank) }
        let ranks = words.ranks()
        var numbers = [UInt32](repeating: 0, count: ranks.count)
        for (number, rank) in ranks.enumerated() { numbers[Int(rank)] = UInt32(number) }
        occurrences.withUnsafeMutableBufferPointer { items in
            for index in items.indices {
                items[index].word = ranks[Int(items[index].word)]
                items[index].field = fieldRanks[Int(items[index].field)]
            }
        }
        Self.sort(&occurrences, words: ranks.count, fields: codes.count)
        write(order: order, numbers: numbers)
        return writer.finished(id: id)
    }

    /// By field and word; stable, so that documents and positions stay in order (radix sort, the lowest digit first).
    private static func sort(_ items: inout [Occurrence], words: Int, fields: Int) {
        let digit = 11
        var other = items
        func pass(_ shift: Int, _ key: (Occurrence) -> UInt32) {
            var starts = [Int](repeating: 0, count: 1 << digit)
            let mask = UInt32(1 << digit - 1)
            items.withUnsafeBufferPointer { source in
                for item in source { starts[Int(key(item) >> UInt32(shift) & mask)] += 1 }
                var sum = 0
                for index in starts.indices { (starts[index], sum) = (sum, sum + starts[index]) }
                other.withUnsafeMutableBufferPointer { target in
                    for item in source {
                        let slot = Int(key(item) >> UInt32(shift) & mask)
                        target[starts[slot]] = item
                        starts[slot] += 1
                    }
                }
            }
            swap(&items, &other)
        }
        for shift in stride(from: 0, to: Int.bitWidth - words.leadingZeroBitCount, by: digit) {
            pass(shift) { $0.word }
        }
        for shift in stride(from: 0, to: Int.bitWidth - fields.leadingZeroBitCount, by: digit) {
            pass(shift) { $0.field }
        }
    }

    private borrowing func write(order: [Int], numbers: [UInt32]) {
        occurrences.withUnsafeBufferPointer { write($0, order, numbers) }
    }

    private borrowing func write(_ items: UnsafeBufferPointer<Occurrence>, _ order: [Int], _ numbers: [UInt32]) {
        var list = PostingList()
        var lengths = PostingList()
        var term = ByteSink(reserving: 4096)
        var start = 0
        while start < items.count {
            let (field, word) = (items[start].field, items[start].word)
            let code = codes[order[Int(field)]]
            term.removeAll()
            code.withUnsafeBytes { term.append($0) }
            term.append(words.word(numbers[Int(word)]))
            let kind = TermKind.of(term.held)
            list.removeAll()
            while start < items.count, items[start].field == field, items[start].word == word {
                let item = items[start]
                start += 1
                if list.documents.count > 0, list.documents[list.documents.count - 1] == item.document {
                    if kind != .plain, list.insert(item.position) {
                        list.frequencies[list.frequencies.count - 1] += 1
                    }
                } else {
                    list.documents.append(item.document)
                    list.frequencies.append(1)
                    list.positions.append(item.position)
                }
            }
            writer.addTerm(term.held, kind, list, lengths: lengths, code[0])
            if kind == .counted { swap(&list, &lengths) }
        }
    }
}

extension SegmentWriter {
    /// Adds a term's list; knows where the lengths are that its blocks' bounds need.
    /// - Parameter lengths: of a metadata field: the list of its empty term.
    func addTerm(
        _ term: UnsafeRawBufferPointer, _ kind: TermKind, _ list: borrowing PostingList,
        lengths: borrowing PostingList, _ code: UInt8
    ) {
        if code <= FieldCode.name {
            let plane = plane(Int(code) - 1)
            let documents = list.documents.base
            terms.add(term, kind: kind, list: list) { plane[Int(documents[$0])] }
        } else {
            // A walk beside the field's list: asked for in ascending order.
            var place = 0
            let (documents, others) = (list.documents.base, lengths.documents.base)
            let (count, counts) = (lengths.documents.count, lengths.frequencies.base)
            terms.add(term, kind: kind, list: list) { index in
                while place < count, others[place] < documents[index] { place += 1 }
                return place < count ? WordCount.encoded(Int(counts[place])) : 0
            }
        }
    }
}
