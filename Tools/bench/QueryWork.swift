import Core
import HTTP

/// Objects with metadata, and queries about it, for searches over HTTP: the words are those of a vocabulary of 100,000 in
/// which the n-th word is about 1/n as frequent as the first (Zipf).
struct QueryWork: Sendable {
    static let vocabulary = 100_000
    private static let types = ["image/jpeg", "image/png", "video/mp4", "text/plain", "application/pdf", "audio/mpeg"]
    private static let projects = ["apollo", "borealis", "cassini", "dragon", "endeavour", "fram", "gemini", "hubble"]
    private static let queries = 512

    /// Paths and queries, percent-encoded.
    let targets: [String]

    init(seed: UInt64) {
        var random = Random(seed: seed &* 7919)
        targets = (0..<Self.queries).map { _ in Self.query(&random) }
    }

    /// Fields of the object's PUT: 5 to 15 words, a type, a project.
    static func fields(_ key: Int, seed: UInt64) -> [(String, String)] {
        var random = Random(seed: seed &+ UInt64(key) &* 2_654_435_761)
        let words = (0..<5 + random.below(11)).map { _ in word(&random) }.joined(separator: " ")
        return [
            ("content-type", types[random.below(types.count)]),
            ("x-amz-meta-title", words), ("x-amz-tagging", "project=\(projects[random.below(projects.count)])"),
        ]
    }

    /// Rank by inversion of the harmonic distribution, then three syllables and a number that spell it.
    private static func word(_ random: inout Random) -> String {
        let share = Double(random.next() >> 11) / Double(1 << 53)
        let rank = min(vocabulary - 1, Int(power(Double(vocabulary), share)) - 1)
        let syllables = [
            "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va",
        ]
        var text = ""
        var rest = rank
        for _ in 0..<5 {
            text += syllables[rest & 15]
            rest >>= 4
        }
        return text
    }

    private static func query(_ random: inout Random) -> String {
        let (first, second) = (word(&random), word(&random))
        let project = projects[random.below(projects.count)]
        let (text, more): (String, String) =
            switch random.below(10) {
            case 0, 1, 2: (first, "")
            case 3, 4: ("\(first)%20\(second)", "")
            case 5: ("\(first)%20OR%20\(second)", "")
            case 6: ("\(first.prefix(6))*", "")
            case 7: ("type:image%20\(first)", "")
            case 8: ("tag.project=\(project)%20\(first)", "")
            default: (first, "&sort=-modified")
            }
        return "?search&q=\(text)&limit=10\(more)"
    }

    /// base to the power of exponent, for 1 ≤ base and 0 ≤ exponent ≤ 1: by halving, so that no library is needed.
    private static func power(_ base: Double, _ exponent: Double) -> Double {
        var (result, root, rest) = (1.0, base.squareRoot(), exponent)
        for _ in 0..<40 {
            rest *= 2
            if rest >= 1 {
                result *= root
                rest -= 1
            }
            root = root.squareRoot()
        }
        return result
    }
}
