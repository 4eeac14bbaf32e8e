internal import COpenSSL
internal import Core

extension TransportError {
    /// What OpenSSL says about the call that just failed on this thread; empties its error queue.
    static func openSSL(_ doing: String) -> TransportError {
        var reasons: [String] = []
        while true {
            let code = ERR_get_error()
            if code == 0 { break }
            if let reason = ERR_reason_error_string(code) { reasons.append(String(cString: reason)) }
        }
        return .tls(reasons.isEmpty ? doing : "\(doing): \(reasons.joined(separator: ", "))")
    }
}
