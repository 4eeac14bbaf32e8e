/// The error codes of S3 that Roost answers, with their HTTP status and default message.
///
/// Source: Amazon S3 API Reference, "Error responses" (`ErrorResponses.html`, "List of error codes").
public enum S3ErrorCode: String, Error, Sendable, CaseIterable {
    case accessDenied = "AccessDenied"
    case accessForbidden = "AccessForbidden"
    case authorizationHeaderMalformed = "AuthorizationHeaderMalformed"
    case authorizationQueryParametersError = "AuthorizationQueryParametersError"
    case badDigest = "BadDigest"
    case badRequest = "BadRequest"
    case bucketAlreadyExists = "BucketAlreadyExists"
    case bucketAlreadyOwnedByYou = "BucketAlreadyOwnedByYou"
    case bucketNotEmpty = "BucketNotEmpty"
    case conditionalRequestConflict = "ConditionalRequestConflict"
    case encryptionConfigurationNotFound = "ServerSideEncryptionConfigurationNotFoundError"
    case entityTooLarge = "EntityTooLarge"
    case entityTooSmall = "EntityTooSmall"
    case expiredToken = "ExpiredToken"
    case illegalLocationConstraint = "IllegalLocationConstraintException"
    case incompleteBody = "IncompleteBody"
    case incorrectNumberOfFiles = "IncorrectNumberOfFilesInPostRequest"
    case internalError = "InternalError"
    case invalidAccessKeyID = "InvalidAccessKeyId"
    case invalidArgument = "InvalidArgument"
    case invalidBucketName = "InvalidBucketName"
    case invalidBucketState = "InvalidBucketState"
    case invalidChunkSize = "InvalidChunkSizeError"
    case invalidDigest = "InvalidDigest"
    case invalidLocationConstraint = "InvalidLocationConstraint"
    case invalidObjectState = "InvalidObjectState"
    case invalidPart = "InvalidPart"
    case invalidPartNumber = "InvalidPartNumber"
    case invalidPartOrder = "InvalidPartOrder"
    case invalidPolicyDocument = "InvalidPolicyDocument"
    case invalidRange = "InvalidRange"
    case invalidRequest = "InvalidRequest"
    case invalidStorageClass = "InvalidStorageClass"
    case invalidTag = "InvalidTag"
    case invalidToken = "InvalidToken"
    case invalidURI = "InvalidURI"
    case keyTooLong = "KeyTooLongError"
    case malformedACL = "MalformedACLError"
    case malformedPOSTRequest = "MalformedPOSTRequest"
    case malformedTrailer = "MalformedTrailerError"
    case malformedXML = "MalformedXML"
    case maxMessageLengthExceeded = "MaxMessageLengthExceeded"
    case maxPostPreDataLengthExceeded = "MaxPostPreDataLengthExceededError"
    case metadataTooLarge = "MetadataTooLarge"
    case methodNotAllowed = "MethodNotAllowed"
    case missingContentLength = "MissingContentLength"
    case missingRequestBody = "MissingRequestBodyError"
    case missingSecurityHeader = "MissingSecurityHeader"
    case noSuchBucket = "NoSuchBucket"
    case noSuchBucketPolicy = "NoSuchBucketPolicy"
    case noSuchConfiguration = "NoSuchConfiguration"
    case noSuchCORSConfiguration = "NoSuchCORSConfiguration"
    case noSuchKey = "NoSuchKey"
    case noSuchLifecycleConfiguration = "NoSuchLifecycleConfiguration"
    case noSuchPublicAccessBlock = "NoSuchPublicAccessBlockConfiguration"
    case noSuchTagSet = "NoSuchTagSet"
    case noSuchUpload = "NoSuchUpload"
    case noSuchVersion = "NoSuchVersion"
    case noSuchWebsiteConfiguration = "NoSuchWebsiteConfiguration"
    case notImplemented = "NotImplemented"
    case objectLockConfigurationNotFound = "ObjectLockConfigurationNotFoundError"
    case operationAborted = "OperationAborted"
    case permanentRedirect = "PermanentRedirect"
    case preconditionFailed = "PreconditionFailed"
    case replicationConfigurationNotFound = "ReplicationConfigurationNotFoundError"
    case requestHeaderSectionTooLarge = "RequestHeaderSectionTooLarge"
    case requestTimeout = "RequestTimeout"
    case requestTimeTooSkewed = "RequestTimeTooSkewed"
    case serviceUnavailable = "ServiceUnavailable"
    case signatureDoesNotMatch = "SignatureDoesNotMatch"
    case slowDown = "SlowDown"
    case tooManyBuckets = "TooManyBuckets"
    case unexpectedContent = "UnexpectedContent"
    case unsupportedSignature = "UnsupportedSignature"
    case userKeyMustBeSpecified = "UserKeyMustBeSpecified"
    case contentSHA256Mismatch = "XAmzContentSHA256Mismatch"
    case contentChecksumMismatch = "XAmzContentChecksumMismatch"

    // Roost's own.
    case invalidSearchQuery = "InvalidSearchQuery"
    case invalidSearchCursor = "InvalidSearchCursor"
    case searchTimeout = "SearchTimeout"
    /// Events after the position asked for are kept no more.
    case eventsExpired = "EventsExpired"

    /// The HTTP status that goes with the code.
    public var status: Int {
        switch self {
        case .permanentRedirect: 301
        case .accessDenied, .accessForbidden, .invalidAccessKeyID, .invalidChunkSize, .invalidObjectState,
            .requestTimeTooSkewed, .signatureDoesNotMatch:
            403
        case .noSuchBucket, .noSuchKey, .noSuchUpload, .noSuchVersion, .encryptionConfigurationNotFound,
            .noSuchBucketPolicy, .noSuchCORSConfiguration, .noSuchConfiguration, .noSuchLifecycleConfiguration,
            .noSuchPublicAccessBlock, .noSuchTagSet, .noSuchWebsiteConfiguration, .objectLockConfigurationNotFound,
            .replicationConfigurationNotFound:
            404
        case .methodNotAllowed: 405
        case .bucketAlreadyExists, .bucketAlreadyOwnedByYou, .bucketNotEmpty, .conditionalRequestConflict,
            .invalidBucketState, .operationAborted:
            409
        case .eventsExpired: 410
        case .missingContentLength: 411
        case .preconditionFailed: 412
        case .invalidRange, .invalidPartNumber: 416
        case .internalError: 500
        case .notImplemented: 501
        case .searchTimeout, .serviceUnavailable, .slowDown: 503
        default: 400
        }
    }

    /// AWS's text for the code, where it documents one.
    public var defaultMessage: String { Self.messages[self] ?? "The request cannot be served." }

    private static let messages: [S3ErrorCode: String] = [
        .accessDenied: "Access Denied",
        .accessForbidden: "CORSResponse: CORS is not enabled for this bucket.",
        .authorizationHeaderMalformed: "The authorization header is malformed.",
        .authorizationQueryParametersError: "The authorization query parameters are malformed.",
        .badDigest: "The Content-MD5 or checksum value that you specified did not match what the server received.",
        .bucketAlreadyExists:
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
            + "Please select a different name and try again.",
        .bucketAlreadyOwnedByYou: "Your previous request to create the named bucket succeeded and you already own it.",
        .bucketNotEmpty: "The bucket you tried to delete is not empty.",
        .conditionalRequestConflict:
            "The conditional request cannot succeed due to a conflicting operation against this resource.",
        .entityTooLarge: "Your proposed upload exceeds the maximum allowed object size.",
        .entityTooSmall: "Your proposed upload is smaller than the minimum allowed object size.",
        .expiredToken: "The provided token has expired.",
        .illegalLocationConstraint:
            "The unspecified location constraint is incompatible for the region specific endpoint this request was "
            + "sent to.",
        .incompleteBody:
            "You did not provide the number of bytes specified by the Content-Length HTTP header.",
        .internalError: "We encountered an internal error. Please try again.",
        .invalidAccessKeyID: "The AWS Access Key Id you provided does not exist in our records.",
        .invalidArgument: "Invalid Argument",
        .invalidBucketName: "The specified bucket is not valid.",
        .invalidBucketState: "The request is not valid with the current state of the bucket.",
        .invalidChunkSize: "The chunk size is not valid.",
        .invalidDigest: "The Content-MD5 you specified was invalid.",
        .invalidLocationConstraint: "The specified location-constraint is not valid",
        .invalidObjectState: "The operation is not valid for the current state of the object.",
        .invalidPart:
            "One or more of the specified parts could not be found. The part may not have been uploaded, or the "
            + "specified entity tag may not match the part's entity tag.",
        .invalidPartOrder:
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        .invalidRange: "The requested range is not satisfiable",
        .invalidRequest: "Invalid Request",
        .invalidStorageClass: "The storage class you specified is not valid",
        .invalidTag: "The tag provided was not a valid tag.",
        .invalidToken: "The provided token is malformed or otherwise invalid.",
        .invalidURI: "Couldn't parse the specified URI.",
        .keyTooLong: "Your key is too long",
        .malformedPOSTRequest: "The body of your POST request is not well-formed multipart/form-data.",
        .malformedTrailer:
            "The request contained trailing data that was not well-formed or did not conform to our published schema.",
        .malformedXML: "The XML you provided was not well-formed or did not validate against our published schema",
        .maxMessageLengthExceeded: "Your request was too big.",
        .metadataTooLarge: "Your metadata headers exceed the maximum allowed metadata size",
        .methodNotAllowed: "The specified method is not allowed against this resource.",
        .missingContentLength: "You must provide the Content-Length HTTP header.",
        .missingRequestBody: "Request Body is empty",
        .missingSecurityHeader: "Your request was missing a required header",
        .noSuchBucket: "The specified bucket does not exist",
        .noSuchKey: "The specified key does not exist.",
        .noSuchUpload:
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
            + "or completed.",
        .noSuchVersion: "The specified version does not exist.",
        .notImplemented: "A header you provided implies functionality that is not implemented",
        .operationAborted:
            "A conflicting conditional operation is currently in progress against this resource. Try again.",
        .permanentRedirect:
            "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all "
            + "future requests to this endpoint.",
        .preconditionFailed: "At least one of the pre-conditions you specified did not hold",
        .requestHeaderSectionTooLarge: "Your request header section exceeds the maximum allowed size.",
        .requestTimeTooSkewed: "The difference between the request time and the current time is too large.",
        .requestTimeout:
            "Your socket connection to the server was not read from or written to within the timeout period.",
        .serviceUnavailable: "The service is unavailable. Please retry.",
        .signatureDoesNotMatch:
            "The request signature we calculated does not match the signature you provided. Check your key and "
            + "signing method.",
        .slowDown: "Please reduce your request rate.",
        .tooManyBuckets: "You have attempted to create more buckets than allowed",
        .unexpectedContent: "This request does not support content",
        .unsupportedSignature: "The provided request is signed with an unsupported STS Token version or signature.",
        .userKeyMustBeSpecified:
            "The bucket POST must contain the specified field name. If it is specified, check the order of the fields.",
        .invalidSearchQuery: "The query is not understood.",
        .invalidSearchCursor: "The cursor is none that a search of this kind returned.",
        .searchTimeout: "The search took longer than it may.",
        .eventsExpired: "The changes after this position are kept no more.",
        .badRequest: "The request is not valid.",
        .incorrectNumberOfFiles: "POST requires exactly one file upload per request.",
        .invalidPartNumber: "The requested partnumber is not satisfiable",
        .invalidPolicyDocument:
            "The content of the form does not meet the conditions specified in the policy document.",
        .malformedACL: "The XML you provided was not well-formed or did not validate against our published schema",
        .maxPostPreDataLengthExceeded: "Your POST request fields preceding the upload file were too large.",
        .noSuchBucketPolicy: "The bucket policy does not exist",
        .noSuchConfiguration: "The specified configuration does not exist.",
        .noSuchCORSConfiguration: "The CORS configuration does not exist",
        .noSuchLifecycleConfiguration: "The lifecycle configuration does not exist",
        .noSuchPublicAccessBlock: "The public access block configuration was not found",
        .noSuchTagSet: "The TagSet does not exist",
        .noSuchWebsiteConfiguration: "The specified bucket does not have a website configuration",
        .objectLockConfigurationNotFound: "Object Lock configuration does not exist for this bucket",
        .replicationConfigurationNotFound: "The replication configuration was not found",
        .encryptionConfigurationNotFound: "The server side encryption configuration was not found",
        .contentSHA256Mismatch:
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        .contentChecksumMismatch: "The provided checksum does not match what was computed.",
    ]
}
