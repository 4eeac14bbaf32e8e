import Core

@testable import SearchIndex

/// A document taken apart by the contract, slowly and plainly.
struct ReferenceDocument: Sendable {
    var document: IndexDocument
    var words: [TextField: [(term: [UInt8], position: Int)]] = [:]
    var lengths: [TextField: Int] = [:]
    var keywords: [KeywordField: [UInt8]] = [:]
    var columns: [MetadataName: Int64] = [:]

    init(_ document: IndexDocument, _ schema: SearchSchema) {
        self.document = document
        var position = 0
        var plain = Analyzer()
        var stemming = Analyzer(stemmer: schema.stemmer)
        var buffer = TokenBuffer()
        func add(_ field: TextField, _ terms: [(term: [UInt8], position: Int)], length: Int) {
            words[field, default: []] += terms
            if length > 0 { lengths[field, default: 0] += length }
        }
        document.key.withUnsafeBytes { plain.addKey($0, to: &buffer) }
        let name = document.key.withUnsafeBytes { KeyName.lastComponent(of: $0) }
        let keyTerms = buffer.tokens.map { (term: Array(buffer.term($0)), position: Int($0.position)) }
        add(.all, keyTerms, length: Int(buffer.nextPosition))
        add(.key, keyTerms, length: Int(buffer.nextPosition))
        let nameTokens = buffer.tokens.filter {
            Int($0.sourceStart) >= name.lowerBound && Int($0.sourceEnd) <= name.upperBound
        }
        if let first = nameTokens.map(\.position).min(), let last = nameTokens.map(\.position).max() {
            add(
                .name,
                nameTokens.map { (term: Array(buffer.term($0)), position: Int($0.position - first)) },
                length: Int(last - first) + 1)
        }
        position = Int(buffer.nextPosition)
        func addValue(_ text: String, _ field: TextField?, stemmed: Bool) {
            buffer.removeAll()
            var text = text
            text.withUTF8 { bytes in
                let raw = UnsafeRawBufferPointer(bytes)
                if stemmed { stemming.addWords(raw, to: &buffer) } else { plain.addWords(raw, to: &buffer) }
            }
            guard buffer.nextPosition > 0 else { return }
            position += 100
            let start = position
            let terms = buffer.tokens.map { (term: Array(buffer.term($0)), position: Int($0.position)) }
            add(.all, terms.map { (term: $0.term, position: $0.position + start) }, length: Int(buffer.nextPosition))
            if let field { add(field, terms, length: Int(buffer.nextPosition)) }
            position += Int(buffer.nextPosition)
        }
        for (source, fields) in [(MetadataName.Source.userMetadata, document.userMetadata), (.tag, document.tags)] {
            for field in fields {
                let name = MetadataName(source, field.name)
                addValue(field.value, .metadata(name), stemmed: true)
                keywords[.metadata(name)] = Self.cut(field.value)
                if let declared = schema.fields.first(where: { $0.name == name }), declared.kind != .keyword {
                    columns[name] = DeclaredValue.column(of: field.value, kind: declared.kind)
                }
            }
        }
        addValue(document.contentType, nil, stemmed: false)
        func keyword(_ field: KeywordField, _ value: [UInt8]) { if !value.isEmpty { keywords[field] = value } }
        keyword(.name, Array(document.key[name]))
        keyword(.fileExtension, document.key.withUnsafeBytes { KeyName.fileExtension(of: $0) } ?? [])
        keyword(.contentType, ContentTypeName.normalised(document.contentType))
        keyword(.owner, Array(document.owner.utf8))
        keyword(.storageClass, Array(document.storageClass.utf8))
        keyword(.entityTag, Array(document.entityTag.utf8))
        keyword(.version, Array(document.version.utf8))
    }

    private static func cut(_ value: String) -> [UInt8] {
        let bytes = Array(value.utf8)
        guard bytes.count > 1024 else { return bytes }
        var end = 1024
        while bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return Array(bytes[..<end])
    }

    func column(_ field: ColumnField) -> Int64? {
        switch field {
        case .size: Int64(clamping: document.sizeBytes)
        case .modified: document.modifiedMilliseconds
        case .declared(let name): columns[name]
        }
    }

    func positions(_ field: TextField, _ fits: ([UInt8]) -> Bool) -> [Int] {
        Set((words[field] ?? []).filter { fits($0.term) }.map(\.position)).sorted()
    }
    func frequency(_ field: TextField, _ term: [UInt8]) -> Int { positions(field) { $0 == term }.count }
}
