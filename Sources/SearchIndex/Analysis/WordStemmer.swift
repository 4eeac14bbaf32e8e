import CStemmer

/// One of the Snowball algorithms. Not for two threads at once.
final class WordStemmer {
    private let stemmer: OpaquePointer

    /// nil if there is no algorithm of this name.
    init?(_ name: String) {
        guard let stemmer = sb_stemmer_new(name, "UTF_8") else { return nil }
        self.stemmer = stemmer
    }

    deinit { sb_stemmer_delete(stemmer) }

    /// Replaces the word, in lower case, by its stem.
    func stem(_ word: inout [UInt8]) {
        // Safe: the library copies the word, and its answer holds until the next call.
        let stem = word.withUnsafeBufferPointer { bytes in
            UnsafeBufferPointer(
                start: sb_stemmer_stem(stemmer, bytes.baseAddress, Int32(truncatingIfNeeded: bytes.count)),
                count: Int(sb_stemmer_length(stemmer)))
        }
        // Out of memory: the word as it is.
        guard stem.baseAddress != nil else { return }
        word.removeAll(keepingCapacity: true)
        word.append(contentsOf: stem)
    }
}

/// The Snowball algorithms that a bucket may choose from.
public enum Stemming {
    /// Names as the library has them, in its order.
    public static let names: [String] = {
        var names: [String] = []
        guard var next = sb_stemmer_list() else { return [] }
        // Safe: the library's own list of constant texts, which ends with a null pointer.
        while let name = next.pointee {
            names.append(String(cString: name))
            next += 1
        }
        return names
    }()
}
