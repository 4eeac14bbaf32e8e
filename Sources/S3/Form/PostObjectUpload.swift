/// What a form asks for, once its policy has been proved: the object to be stored, and the answer.
public struct PostObjectUpload: Sendable, Equatable {
    public var accessKey: String
    public var user: String
    /// The length of its payload is known when the file has come: `allowedLengths` is set.
    public var put: PutObjectRequest
    public var success: Success

    /// Source: Amazon S3 API Reference, "POST Object" (`RESTObjectPOST.html`, "success_action_redirect",
    /// "success_action_status").
    public enum Success: Sendable, Equatable {
        /// 200 or 204, without a body.
        case status(Int)
        /// 201 with a document.
        case created
        /// 303 to this URL, to which bucket, key and tag are added.
        case redirect(String)

        init(_ fields: FormFields) {
            let target = fields["success_action_redirect"] ?? fields["redirect"] ?? ""
            // A URL that is none is passed over.
            if FormText.isURL(target) {
                self = .redirect(target)
                return
            }
            switch fields["success_action_status"] {
            case "200": self = .status(200)
            case "201": self = .created
            default: self = .status(204)
            }
        }
    }
}

/// Rules for texts of a form that become parts of header fields.
enum FormText {
    /// An absolute URL of the web, without characters that would break out of a header field.
    static func isURL(_ text: String) -> Bool {
        let lower = text.lowercased()
        return (lower.hasPrefix("http://") || lower.hasPrefix("https://")) && text.utf8.count <= 2048
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// No control characters.
    static func isFieldValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}
