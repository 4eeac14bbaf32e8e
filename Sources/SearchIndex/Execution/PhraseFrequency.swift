/// How often a phrase occurs in a document, from the positions of its words there.
enum PhraseFrequency {
    /// - Parameter words: for each word, its positions in the document minus its position in the phrase, ascending.
    /// - Returns: places where all words stand exactly.
    static func exact(_ words: [[Int32]]) -> Int {
        guard let first = words.first else { return 0 }
        var indexes = [Int](repeating: 0, count: words.count)
        var found = 0
        candidates: for start in first {
            for word in 1..<words.count {
                let positions = words[word]
                while indexes[word] < positions.count, positions[indexes[word]] < start { indexes[word] += 1 }
                if indexes[word] == positions.count { break candidates }
                if positions[indexes[word]] != start { continue candidates }
            }
            found += 1
        }
        return found
    }

    /// The sum of 1 / (1 + distance) over the matches that Lucene's sloppy matcher finds: the distance of a match is the
    /// greatest difference of its words' shifted positions; from the leftmost on, each word moves on as long as it stays
    /// the leftmost, and its best distance counts. Words of one position in the document are no match for two words of
    /// the phrase.
    ///
    /// Source: Lucene's SloppyPhraseMatcher.
    /// - Parameter offsets: each word's position in the phrase, to tell true positions.
    static func sloppy(_ words: [[Int32]], offsets: [Int32], slop: Int) -> Float {
        guard !words.isEmpty, words.allSatisfy({ !$0.isEmpty }) else { return 0 }
        var indexes = [Int](repeating: 0, count: words.count)
        func position(_ word: Int) -> Int32 { words[word][indexes[word]] }
        func isCollision() -> Bool {
            for left in 0..<words.count {
                for right in left + 1..<words.count
                where position(left) + offsets[left] == position(right) + offsets[right] { return true }
            }
            return false
        }
        var frequency: Float = 0
        while true {
            // The leftmost word, the one after it, and the rightmost.
            var (leftmost, next, end) = (0, Int32.max, Int32.min)
            for word in 0..<words.count {
                if position(word) < position(leftmost) { leftmost = word }
                end = max(end, position(word))
            }
            for word in 0..<words.count where word != leftmost { next = min(next, position(word)) }
            var best = Int32.max
            while position(leftmost) <= next {
                if !isCollision() { best = min(best, max(end, position(leftmost)) - position(leftmost)) }
                if indexes[leftmost] + 1 == words[leftmost].count {
                    return frequency + (Int(best) <= slop ? 1 / (1 + Float(best)) : 0)
                }
                indexes[leftmost] += 1
            }
            if Int(best) <= slop { frequency += 1 / (1 + Float(best)) }
        }
    }
}
