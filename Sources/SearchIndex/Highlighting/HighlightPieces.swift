/// Chooses what of a long text to show.
enum HighlightPieces {
    /// Ranges around the matches, ascending, not overlapping: those with most matches, earlier ones first among equals.
    static func pieces(
        of text: [UInt8], _ matches: [Range<Int>], pieceBytes: Int, limit: Int
    ) -> [Range<Int>] {
        guard !matches.isEmpty else { return [] }
        if text.count <= pieceBytes { return [0..<text.count] }
        var pieces: [(range: Range<Int>, matches: Int)] = []
        var index = 0
        while index < matches.count {
            let first = matches[index]
            let from = max(first.lowerBound - pieceBytes / 4, pieces.last?.range.upperBound ?? 0)
            let start = wordStart(in: text, after: from, before: first.lowerBound)
            var end = first.upperBound
            var count = 0
            while index < matches.count, matches[index].upperBound <= max(start + pieceBytes, first.upperBound) {
                end = matches[index].upperBound
                count += 1
                index += 1
            }
            // Up to the next match at most, so that none is cut.
            let next = index < matches.count ? matches[index].lowerBound : text.count
            end = wordEnd(in: text, from: end, to: max(end, min(start + pieceBytes, next, text.count)))
            pieces.append((start..<end, count))
        }
        let best = pieces.enumerated().sorted { left, right in
            left.element.matches == right.element.matches
                ? left.offset < right.offset : left.element.matches > right.element.matches
        }
        return best.prefix(max(limit, 0)).map(\.element.range).sorted { $0.lowerBound < $1.lowerBound }
    }

    /// The first beginning of a word, or at least of a character.
    private static func wordStart(in text: [UInt8], after start: Int, before end: Int) -> Int {
        if start == 0 { return 0 }
        if let space = text[start..<end].firstIndex(of: UInt8(ascii: " ")) { return space + 1 }
        var start = start
        while start < end, text[start] & 0xC0 == 0x80 { start += 1 }
        return start
    }

    /// The last end of a word, or at least of a character.
    private static func wordEnd(in text: [UInt8], from start: Int, to end: Int) -> Int {
        if end == text.count { return end }
        if let space = text[start..<end].lastIndex(of: UInt8(ascii: " ")) { return space }
        var end = end
        while end > start, text[end] & 0xC0 == 0x80 { end -= 1 }
        return end
    }
}
