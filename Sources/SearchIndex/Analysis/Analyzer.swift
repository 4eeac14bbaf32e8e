/// Turns text into terms. The same text gives the same terms in a key, in a value and in a query; `WordSplitter` has the
/// rules of the borders, `TextFolding` those of the form.
///
/// With a stemmer, a value's words are kept as they are and by their stems, at the same position: a phrase, a prefix and
/// a key's word go by the word, a single word of a query by either.
///
/// Owns scratch memory that copies share: one analyzer for each thread. Nothing is allocated once it has grown.
public struct Analyzer {
    /// Of the rules; stored in every segment. Other rules make another number, and then indexes are built anew.
    public static let version: UInt16 = 1

    /// Longer terms are cut, at a character's border.
    public static let maximumTermBytes = 255

    /// What terms of components as a whole begin with, and no word does: there is one for nearly every key, and a prefix of
    /// words must not run through all of them.
    static let wholeMark: UInt8 = 1

    private let folding = TextFolding()
    private let stemmer: WordStemmer?
    private var classes: [CharacterClass] = []
    /// Where each character begins, with the text's end behind the last; empty for ASCII, where it is its own index.
    private var offsets: [UInt32] = []
    private var spans: [TermSpan] = []
    private var stem: [UInt8] = []
    /// Of each token that the last call added.
    private(set) var kinds: [TermSpan.Kind] = []

    /// - Parameter stemmer: a Snowball algorithm's name (`english`, `german`, …). nil or an unknown name: no stemming.
    public init(stemmer: String? = nil) {
        self.stemmer = stemmer.flatMap(WordStemmer.init)
    }

    /// Adds the words of a value of metadata or of a tag.
    public mutating func addWords(_ text: UnsafeRawBufferPointer, to buffer: inout TokenBuffer) {
        add(text, isStemmed: stemmer != nil, to: &buffer)
    }

    /// Adds the words of an object's key, without stems. The words of its name are those in `KeyName.lastComponent`.
    public mutating func addKey(_ key: UnsafeRawBufferPointer, to buffer: inout TokenBuffer) {
        add(key, isStemmed: false, to: &buffer)
    }

    private mutating func add(_ text: UnsafeRawBufferPointer, isStemmed: Bool, to buffer: inout TokenBuffer) {
        spans.removeAll(keepingCapacity: true)
        kinds.removeAll(keepingCapacity: true)
        let base = UInt32(truncatingIfNeeded: buffer.bytes.count)
        let isASCII = classify(text, lowered: &buffer.bytes)
        let positions = classes.withUnsafeBufferPointer { classes in
            var splitter = WordSplitter(classes)
            splitter.split(into: &spans)
            return splitter.position
        }
        if isASCII, !isStemmed {
            addSlices(base: base, to: &buffer)
        } else {
            for span in spans { addFolded(span, of: text, isASCII: isASCII, isStemmed: isStemmed, to: &buffer) }
        }
        buffer.nextPosition += positions
    }

    // MARK: - Characters

    /// Fills `classes`, and `offsets` unless the text is ASCII. Such text is appended in small letters: its terms are
    /// slices of it.
    private mutating func classify(_ text: UnsafeRawBufferPointer, lowered: inout [UInt8]) -> Bool {
        classes.removeAll(keepingCapacity: true)
        offsets.removeAll(keepingCapacity: true)
        var all: UInt8 = 0
        for byte in text { all |= byte }
        guard all < 0x80 else {
            classifyCharacters(text)
            return false
        }
        Self.asciiClasses.withUnsafeBufferPointer { table in
            classes.reserveCapacity(text.count)
            for byte in text { classes.append(table[Int(byte)]) }
        }
        lowered.reserveCapacity(lowered.count + text.count)
        for byte in text { lowered.append(byte &- 65 < 26 ? byte | 0x20 : byte) }
        return true
    }

    private static let asciiClasses: [CharacterClass] = (0..<128).map { CharacterClass(ascii: $0) }

    private mutating func classifyCharacters(_ text: UnsafeRawBufferPointer) {
        var reader = UTF8Reader(text)
        offsets.append(0)
        while let character = reader.next() {
            classes.append(CharacterClass(character))
            offsets.append(UInt32(truncatingIfNeeded: reader.offset))
        }
    }

    // MARK: - Terms

    /// ASCII text, which lies in the buffer from `base` on.
    private mutating func addSlices(base: UInt32, to buffer: inout TokenBuffer) {
        for span in spans {
            let start = UInt32(truncatingIfNeeded: span.start)
            let end = UInt32(truncatingIfNeeded: span.end)
            var token = TokenBuffer.Token(
                start: base + start, end: base + start + min(end - start, UInt32(Self.maximumTermBytes)),
                position: buffer.nextPosition + span.position, sourceStart: start, sourceEnd: end)
            if span.kind == .component {
                let mark = UInt32(truncatingIfNeeded: buffer.bytes.count)
                buffer.bytes.append(Self.wholeMark)
                let length = min(span.end - span.start, Self.maximumTermBytes - 1)
                for index in 0..<length { buffer.bytes.append(buffer.bytes[Int(token.start) + index]) }
                token.start = mark
                token.end = mark + 1 + UInt32(truncatingIfNeeded: length)
            }
            buffer.tokens.append(token)
            kinds.append(span.kind)
        }
    }

    private mutating func addFolded(
        _ span: TermSpan, of text: UnsafeRawBufferPointer, isASCII: Bool, isStemmed: Bool,
        to buffer: inout TokenBuffer
    ) {
        let start = isASCII ? span.start : Int(offsets[span.start])
        let end = isASCII ? span.end : Int(offsets[span.end])
        let source = UnsafeRawBufferPointer(rebasing: text[start..<end])
        var token = TokenBuffer.Token(
            start: UInt32(truncatingIfNeeded: buffer.bytes.count), end: 0,
            position: buffer.nextPosition + span.position, sourceStart: UInt32(truncatingIfNeeded: start),
            sourceEnd: UInt32(truncatingIfNeeded: end))
        let isStemmed = isStemmed && (span.kind == .piece || span.kind == .word)
        stem.removeAll(keepingCapacity: true)
        if span.kind == .component { buffer.bytes.append(Self.wholeMark) }
        if isASCII || Self.isASCII(source) {
            for byte in source { buffer.bytes.append(byte &- 65 < 26 ? byte | 0x20 : byte) }
            if isStemmed { stem.append(contentsOf: buffer.bytes[Int(token.start)...]) }
        } else {
            folding.foldCase(source)
            if isStemmed { folding.appendCaseFolded(to: &stem) }
            folding.appendFolded(to: &buffer.bytes)
        }
        append(&token, span.kind, to: &buffer)
        if isStemmed { appendStem(of: token, span.kind, to: &buffer) }
    }

    /// The term is what follows `token.start`; nothing if that is nothing.
    private mutating func append(
        _ token: inout TokenBuffer.Token, _ kind: TermSpan.Kind, to buffer: inout TokenBuffer
    ) {
        let start = Int(token.start)
        let length = buffer.bytes.withUnsafeBytes { bytes in
            UTF8Reader.cut(UnsafeRawBufferPointer(rebasing: bytes[start...]), to: Self.maximumTermBytes)
        }
        buffer.bytes.removeLast(buffer.bytes.count - start - length)
        token.end = UInt32(truncatingIfNeeded: start + length)
        guard length > 0 else { return }
        buffer.tokens.append(token)
        kinds.append(kind)
    }

    /// The stem of the word in `stem`, unless it is the word that `token` stands for.
    private mutating func appendStem(
        of token: TokenBuffer.Token, _ kind: TermSpan.Kind, to buffer: inout TokenBuffer
    ) {
        guard let stemmer, !stem.isEmpty else { return }
        stemmer.stem(&stem)
        var stemmed = token
        stemmed.start = UInt32(truncatingIfNeeded: buffer.bytes.count)
        stem.withUnsafeBytes { folding.foldCase($0) }
        folding.appendFolded(to: &buffer.bytes)
        if buffer.bytes[Int(stemmed.start)...].elementsEqual(buffer.bytes[Int(token.start)..<Int(token.end)]) {
            buffer.bytes.removeLast(buffer.bytes.count - Int(stemmed.start))
            return
        }
        append(&stemmed, kind, to: &buffer)
    }

    private static func isASCII(_ text: UnsafeRawBufferPointer) -> Bool {
        var all: UInt8 = 0
        for byte in text { all |= byte }
        return all < 0x80
    }
}

extension Analyzer {
    /// Adds the words of a text at hand.
    mutating func addWords(_ text: some Sequence<UInt8>, to buffer: inout TokenBuffer) {
        let bytes = Array(text)
        // Safe: the array lives through the call.
        bytes.withUnsafeBytes { addWords($0, to: &buffer) }
    }
}
