import SearchIndex

/// Whatever is in a key or a value: terms are short, whole and not empty, stand where the text has them, and the same
/// text gives the same terms in a key, in a value and behind other text.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = FuzzInput(start, count).bytes
    var plain = Analyzer()
    var stemming = Analyzer(stemmer: "english")
    var key = TokenBuffer()
    var value = TokenBuffer()
    var stems = TokenBuffer()
    text.withUnsafeBytes { bytes in
        plain.addKey(bytes, to: &key)
        stemming.addWords(UnsafeRawBufferPointer(rebasing: bytes.prefix(7)), to: &value)
        value.removeAll()
        plain.addWords(bytes, to: &value)
        stemming.addWords(bytes, to: &stems)
        _ = KeyName.fileExtension(of: bytes)
        let name = KeyName.lastComponent(of: bytes)
        check(!bytes[name].contains(UInt8(ascii: "/")), "\(name)")
    }
    check(key.tokens == value.tokens && key.bytes == value.bytes, "a key has other terms than a value")
    check(stems.nextPosition == key.nextPosition, "stems take positions")
    var position: UInt32 = 0
    for token in stems.tokens {
        let term = stems.term(token)
        check((1...Analyzer.maximumTermBytes).contains(term.count), "\(term.count) bytes")
        check(String(validating: term, as: UTF8.self) != nil, "a term is no UTF-8")
        check(token.sourceStart < token.sourceEnd && Int(token.sourceEnd) <= text.count, "\(token)")
        check(token.position >= position && token.position < stems.nextPosition, "\(token)")
        position = token.position
    }
    let string = String(decoding: text, as: UTF8.self)
    for kind in [SearchSchema.Kind.number, .date, .keyword] { _ = DeclaredValue.column(of: string, kind: kind) }
    _ = ContentTypeName.normalised(string)
    return 0
}
