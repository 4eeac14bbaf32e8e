internal import COpenSSL
internal import Core

/// ERR_SYSTEM_FLAG of openssl/err.h, a macro: the rest of the code is an errno. Errors that only wrap one say nothing more.
private let systemFlag: UInt = 0x8000_0000
private let systemLibrary: UInt = 2

extension TransportError {
    /// What OpenSSL says about the call that just failed on this thread; empties its error queue.
    static func openSSL(_ doing: String) -> TransportError {
        var reasons: [String] = []
        while true {
            let code = ERR_get_error()
            if code == 0 { break }
            if code & systemFlag != 0 {
                reasons.append(SystemErrorText.of(Int32(truncatingIfNeeded: code & ~systemFlag)))
            } else if let reason = ERR_reason_error_string(code), code >> 23 & 0xFF != systemLibrary {
                reasons.append(String(cString: reason))
            }
        }
        return .tls(reasons.isEmpty ? doing : "\(doing): \(reasons.joined(separator: ", "))")
    }
}
