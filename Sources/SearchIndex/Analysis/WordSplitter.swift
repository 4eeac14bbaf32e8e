/// A stretch of text that becomes a term; counted in characters of the text.
struct TermSpan: Equatable {
    enum Kind: UInt8 {
        /// A word, or what lies between the borders within one.
        case piece
        /// Letters with borders of case or apostrophes in them (`iPhone`, `don't`), kept beside their pieces.
        case word
        /// All between white space and `/`, kept beside its words; so is a word of such letters and digits (`iPhone12`).
        case component
        /// Two characters of a script without spaces.
        case pair
        /// The last character of a run that has pairs.
        case last
        /// A run of one character.
        case single
    }
    var start: Int
    var end: Int
    /// Counted from the beginning of the text.
    var position: UInt32
    var kind: Kind
}

/// Finds the words of a text from its characters' classes. The rules:
///
/// - A *component* is all between white space and `/`. Within it words are runs of letters and digits; everything else
///   stands between them, save an apostrophe between letters (UAX #29, WB6 and WB7).
/// - A word is split between letters and digits, at apostrophes, from a small to a capital letter (`myPhoto`), and before
///   the last of several capitals that two small letters follow (`HTMLParser`, but `PDFs`).
/// - Letters that case or apostrophes have split are a term themselves too, so that `iphone` finds `iPhone`; so is a
///   component that was split at all, and a word in which both digits and case have borders. These *wholes* are nearly
///   all different, so they are a space of terms of their own (`Analyzer.wholeMark`).
/// - Scripts without spaces (Han, Kana, Thai, Lao, Khmer, Myanmar) and Hangul are read in overlapping pairs of characters.
///   The last character stands alone as well: each character begins a term, so one character can be searched as a prefix.
/// - An emoji with all that is joined to it is a word, and so is a flag.
///
/// Positions grow with pieces and with characters of such scripts. Spans are in order of position.
struct WordSplitter {
    private let classes: UnsafeBufferPointer<CharacterClass>
    private(set) var position: UInt32 = 0
    private var index = 0

    init(_ classes: UnsafeBufferPointer<CharacterClass>) { self.classes = classes }

    mutating func split(into spans: inout [TermSpan]) {
        while index < classes.count {
            if classes[index] == .space {
                index += 1
            } else {
                component(into: &spans)
            }
        }
    }

    private mutating func component(into spans: inout [TermSpan]) {
        let firstSpan = spans.count
        let firstPosition = position
        var start = index
        var end = index
        var isPairsOnly = true
        while index < classes.count, classes[index] != .space {
            let wordStart = index
            let countBefore = spans.count
            switch classes[index] {
            case .lower, .upper, .letter, .digit:
                word(into: &spans)
                isPairsOnly = false
            case .ideograph: pairs(into: &spans)
            case .pictograph:
                pictograph(into: &spans)
                isPairsOnly = false
            case .regional:
                flag(into: &spans)
                isPairsOnly = false
            case .other, .space, .mark, .joiner, .apostrophe: index += 1
            }
            guard spans.count > countBefore else { continue }
            if countBefore == firstSpan { start = wordStart }
            end = index
        }
        guard position - firstPosition > 1, !isPairsOnly else { return }
        // A single word that case has split is there already.
        for span in spans[firstSpan + 1..<min(firstSpan + 3, spans.count)] {
            if span.kind == .word || span.kind == .component, span.start == start, span.end == end { return }
        }
        spans.insert(
            TermSpan(start: start, end: end, position: firstPosition, kind: .component), at: firstSpan + 1)
    }

    private mutating func word(into spans: inout [TermSpan]) {
        let wordStart = index
        let wordSpan = spans.count
        let wordPosition = position
        var pieceStart = index
        var previous = classes[index]
        var previousStart = index
        var run = (start: index, span: spans.count, position: position)
        var isSplitWithinLetters = false
        var hasRuns = false
        index += 1
        while index < classes.count {
            let next = classes[index]
            if next.isMark {
                index += 1
                continue
            }
            if next == .apostrophe {
                guard previous.isLetter, index + 1 < classes.count, classes[index + 1].isLetter else { break }
                append(.piece, pieceStart, index, to: &spans)
                isSplitWithinLetters = true
                index += 1
                pieceStart = index
            } else {
                guard next.isWord else { break }
                if (next == .digit) != (previous == .digit) {
                    append(.piece, pieceStart, index, to: &spans)
                    finishRun(run, to: &spans)
                    hasRuns = true
                    pieceStart = index
                    run = (index, spans.count, position)
                } else if previous == .lower, next == .upper {
                    append(.piece, pieceStart, index, to: &spans)
                    isSplitWithinLetters = true
                    pieceStart = index
                } else if previous == .upper, next == .lower, previousStart > pieceStart, isLowerAfter(index) {
                    append(.piece, pieceStart, previousStart, to: &spans)
                    isSplitWithinLetters = true
                    pieceStart = previousStart
                }
            }
            previous = classes[index]
            previousStart = index
            index += 1
        }
        append(.piece, pieceStart, index, to: &spans)
        finishRun(run, to: &spans)
        if isSplitWithinLetters, hasRuns {
            spans.insert(
                TermSpan(start: wordStart, end: index, position: wordPosition, kind: .component), at: wordSpan + 1)
        }
    }

    /// Letters between digits, as one word, if they have several pieces.
    private func finishRun(
        _ run: (start: Int, span: Int, position: UInt32), to spans: inout [TermSpan]
    ) {
        guard spans.count > run.span + 1, let last = spans.last else { return }
        spans.insert(
            TermSpan(start: run.start, end: last.end, position: run.position, kind: .word), at: run.span + 1)
    }

    /// Whether the character after this one, marks aside, is a small letter.
    private func isLowerAfter(_ index: Int) -> Bool {
        var index = index + 1
        while index < classes.count, classes[index].isMark { index += 1 }
        return index < classes.count && classes[index] == .lower
    }

    private mutating func pairs(into spans: inout [TermSpan]) {
        var start = index
        skipMarks()
        guard index < classes.count, classes[index] == .ideograph else {
            append(.single, start, index, to: &spans)
            return
        }
        while index < classes.count, classes[index] == .ideograph {
            let second = index
            skipMarks()
            append(.pair, start, index, to: &spans)
            start = second
        }
        append(.last, start, index, to: &spans)
    }

    private mutating func pictograph(into spans: inout [TermSpan]) {
        let start = index
        skipMarks()
        while index < classes.count, classes[index - 1] == .joiner, classes[index] == .pictograph { skipMarks() }
        append(.piece, start, index, to: &spans)
    }

    private mutating func flag(into spans: inout [TermSpan]) {
        let start = index
        skipMarks()
        if index < classes.count, classes[index] == .regional { skipMarks() }
        append(.piece, start, index, to: &spans)
    }

    /// Goes on behind this character and its marks.
    private mutating func skipMarks() {
        index += 1
        while index < classes.count, classes[index].isMark { index += 1 }
    }

    private mutating func append(_ kind: TermSpan.Kind, _ start: Int, _ end: Int, to spans: inout [TermSpan]) {
        spans.append(TermSpan(start: start, end: end, position: position, kind: kind))
        position += 1
    }
}
