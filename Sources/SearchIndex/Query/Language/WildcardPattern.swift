/// `*` for any characters, `?` for one; a backslash takes the next character as it is.
struct WildcardPattern {
    enum Part: Equatable {
        case any, one
        case character(Unicode.Scalar)
    }
    private(set) var parts: [Part] = []

    init(_ pattern: String) {
        var isQuoted = false
        for character in pattern.unicodeScalars {
            switch character {
            case "\\" where !isQuoted:
                isQuoted = true
                continue
            case "*" where !isQuoted: parts.append(.any)
            case "?" where !isQuoted: parts.append(.one)
            default: parts.append(.character(character))
            }
            isQuoted = false
        }
    }

    /// Goes back to the last `*` only, so it takes at most text × pattern steps.
    func matches(_ text: String) -> Bool {
        let text = Array(text.unicodeScalars)
        var index = 0
        var part = 0
        var star: (part: Int, index: Int)?
        while index < text.count {
            if part < parts.count, parts[part] == .any {
                star = (part, index)
                part += 1
            } else if part < parts.count, parts[part] == .one || parts[part] == .character(text[index]) {
                part += 1
                index += 1
            } else if let back = star {
                star = (back.part, back.index + 1)
                part = back.part + 1
                index = back.index + 1
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == .any }
    }

    /// What follows `*.`, if that is all there is: `*.jpg`.
    var fileExtension: String? {
        guard parts.count > 2, parts[0] == .any, parts[1] == .character(".") else { return nil }
        var text = ""
        for part in parts[2...] {
            guard case .character(let character) = part, character != ".", character != "/", character.value > 0x20
            else { return nil }
            text.unicodeScalars.append(character)
        }
        return text
    }
}
