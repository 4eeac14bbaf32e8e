private import Glibc

/// The C library's words for an errno, as part of a sentence: "address already in use".
public enum SystemErrorText {
    public static func of(_ code: Int32) -> String {
        let text = String(cString: strerror(code))
        // "Input/output error", but "RPC struct is bad": only a plain first word loses its capital.
        guard let first = text.first, text.dropFirst().first?.isLowercase == true else { return text }
        return first.lowercased() + text.dropFirst()
    }
}
