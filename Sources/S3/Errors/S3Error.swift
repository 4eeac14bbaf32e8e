/// What a client is told when its request is not served: a code with its status, a message, and the detail elements
/// that AWS adds to some codes.
///
/// Source: Amazon S3 API Reference, "Error responses" (`ErrorResponses.html`, "REST error responses").
public struct S3Error: Error, Sendable, Equatable {
    /// An element that follows Code and Message, such as `ArgumentName`.
    public struct Detail: Sendable, Equatable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public var code: S3ErrorCode
    public var message: String
    /// In the order in which they are written.
    public var details: [Detail]
    /// Header fields that go with the error, such as `Allow` with 405; lower-case names.
    public var headers: [Detail]

    public init(
        _ code: S3ErrorCode, _ message: String? = nil, details: [Detail] = [], headers: [Detail] = []
    ) {
        self.code = code
        self.message = message ?? code.defaultMessage
        self.details = details
        self.headers = headers
    }

    public var status: Int { code.status }
}

extension S3Error {
    /// `InvalidArgument` with the name and the value of what is wrong.
    static func invalidArgument(_ message: String, name: String, value: String) -> S3Error {
        S3Error(
            .invalidArgument, message,
            details: [Detail("ArgumentName", name), Detail("ArgumentValue", value)])
    }

    static func invalidRequest(_ message: String) -> S3Error { S3Error(.invalidRequest, message) }

    /// An operation that Roost knows by name and does not serve yet.
    static func notImplemented(operation: String) -> S3Error {
        S3Error(.notImplemented, "\(operation) is not implemented", details: [Detail("Operation", operation)])
    }

    /// A header field that would change the meaning of the request, were it known.
    static func notImplemented(header: String) -> S3Error {
        S3Error(
            .notImplemented, "A header you provided implies functionality that is not implemented",
            details: [Detail("Header", header)])
    }

    /// A query parameter that would change the meaning of the request, were it known.
    static func notImplemented(parameter: String) -> S3Error {
        S3Error(
            .notImplemented, "A parameter you provided implies functionality that is not implemented",
            details: [Detail("Parameter", parameter)])
    }

    static func entityTooLarge(_ size: UInt64, maximum: UInt64) -> S3Error {
        S3Error(
            .entityTooLarge, details: [Detail("ProposedSize", "\(size)"), Detail("MaxSizeAllowed", "\(maximum)")])
    }

    public static func noSuchUpload(_ upload: UploadID) -> S3Error {
        S3Error(.noSuchUpload, details: [Detail("UploadId", upload.text)])
    }

    public static func noSuchBucket(_ bucket: BucketName) -> S3Error {
        S3Error(.noSuchBucket, details: [Detail("BucketName", bucket.text)])
    }

    public static func noSuchKey(_ key: ObjectKey) -> S3Error {
        S3Error(.noSuchKey, details: [Detail("Key", key.text)])
    }
}
