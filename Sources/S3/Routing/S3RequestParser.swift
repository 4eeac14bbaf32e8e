public import HTTP

/// Turns the head of a request into the operation that it asks for, or into the error that says why not.
public struct S3RequestParser: Sendable {
    private let domains: [String]

    /// - Parameter domains: names under which buckets are hosts (`BUCKET.DOMAIN`); none: path style only.
    public init(domains: [String] = []) { self.domains = domains.map { $0.lowercased() } }

    /// True if the request is an upload from a form, whose fields prove who sent it: its head is not signed.
    public func isFormUpload(_ head: RequestHead) -> Bool {
        guard head.method == "POST", head.headers["authorization"] == nil, head.rawQuery.isEmpty,
            let type = head.headers["content-type"], FormBoundary.parse(contentType: type) != nil,
            let address = try? RequestAddress(head, domains: domains), case .bucket = address
        else { return false }
        return true
    }

    /// True of Roost's own operations, unless the client prefers XML: their errors have the form of their answers.
    public static func answersInJSON(_ head: RequestHead) -> Bool {
        guard let query = try? QueryItems(head), query.contains("search") || query.contains("events") else {
            return false
        }
        return !ParsedRequest.wantsXML(head.headers["accept"])
    }

    /// What the request is about, for the `Resource` of an error; the path as sent if it cannot be read.
    public func resource(_ head: RequestHead) -> String {
        guard let address = try? RequestAddress(head, domains: domains) else { return String(head.rawPath) }
        return address.resource
    }

    /// - Parameter form: from `SigV4Verifier`; `.unsigned` for an anonymous request.
    public func parse(_ head: RequestHead, form: PayloadForm) throws(S3Error) -> S3Operation {
        let address = try RequestAddress(head, domains: domains)
        let query = try QueryItems(head)
        let fields = RequestFields(head, query)
        let name = try OperationRoutes.name(method: head.method, address, query, fields)
        guard name.isServed else { throw .notImplemented(operation: name.rawValue) }
        try AmazonFieldPolicy.check(fields, for: name)
        let request = ParsedRequest(method: head.method, name: name, query: query, fields: fields, form: form)
        switch address {
        case .service:
            return try request.serviceOperation()
        case .bucket(let text):
            return try request.operation(on: BucketName(text))
        case .object(let text, let key):
            return try request.operation(on: BucketName(text), key: ObjectKey(key))
        }
    }
}

/// A request whose operation is known; the extensions beside each group of operations read the rest.
struct ParsedRequest {
    let method: String
    let name: OperationName
    let query: QueryItems
    let fields: RequestFields
    let form: PayloadForm
    /// Of a form alone, which has them among its fields.
    var formKey: String?
    var formTags: String?

    init(method: String, name: OperationName, query: QueryItems, fields: RequestFields, form: PayloadForm) {
        self.method = method
        self.name = name
        self.query = query
        self.fields = fields
        self.form = form
    }

    /// - Throws: `NotImplemented`, with the field's name, if one of these is there.
    func refuse(headers names: [String]) throws(S3Error) {
        for name in names where fields[name] != nil { throw .notImplemented(header: name) }
    }

    func serviceOperation() throws(S3Error) -> S3Operation {
        if name == .search { return .search(try search(nil)) }
        guard name == .listBuckets else { throw .notImplemented(operation: name.rawValue) }
        return .listBuckets(try listBuckets())
    }

    func operation(on bucket: BucketName) throws(S3Error) -> S3Operation {
        switch name {
        case .createBucket:
            return .createBucket(CreateBucketRequest(bucket: bucket, document: try payload(maximumBytes: 65_536)))
        case .headBucket: return .headBucket(HeadBucketRequest(bucket: bucket))
        case .deleteBucket: return .deleteBucket(DeleteBucketRequest(bucket: bucket))
        case .getBucketLocation: return .getBucketLocation(GetBucketLocationRequest(bucket: bucket))
        case .getBucketTagging: return .getBucketTagging(BucketRequest(bucket: bucket))
        case .putBucketTagging: return .putBucketTagging(try putBucketTagging(bucket))
        case .deleteBucketTagging: return .deleteBucketTagging(BucketRequest(bucket: bucket))
        case .getBucketACL: return .getBucketACL(BucketRequest(bucket: bucket))
        case .putBucketACL: return .putBucketACL(try putBucketACL(bucket))
        case .listObjects, .listObjectsV2: return .listObjects(try listObjects(bucket))
        case .listObjectVersions: return .listObjectVersions(try listObjectVersions(bucket))
        case .listMultipartUploads: return .listMultipartUploads(try listMultipartUploads(bucket))
        case .deleteObjects: return .deleteObjects(try deleteObjects(bucket))
        case .postObject: return .postObject(try postObject(bucket))
        case .search: return .search(try search(bucket))
        case .getSearchConfiguration, .putSearchConfiguration, .deleteSearchConfiguration:
            return .searchConfiguration(try searchConfiguration(bucket))
        case .events: return .events(try events(bucket))
        default:
            guard name.isProbe else { throw .notImplemented(operation: name.rawValue) }
            return .configuration(ConfigurationRequest(name: name, bucket: bucket))
        }
    }

    func operation(on bucket: BucketName, key: ObjectKey) throws(S3Error) -> S3Operation {
        switch name {
        case .putObject: return .putObject(try putObject(bucket, key))
        case .copyObject: return .copyObject(try copyObject(bucket, key))
        case .getObject: return .getObject(try getObject(bucket, key))
        case .headObject: return .headObject(try getObject(bucket, key))
        case .getObjectAttributes: return .getObjectAttributes(try getObjectAttributes(bucket, key))
        case .deleteObject: return .deleteObject(try deleteObject(bucket, key))
        case .getObjectTagging: return .getObjectTagging(try object(bucket, key))
        case .putObjectTagging: return .putObjectTagging(try putObjectTagging(bucket, key))
        case .deleteObjectTagging: return .deleteObjectTagging(try object(bucket, key))
        case .getObjectACL: return .getObjectACL(try object(bucket, key))
        case .putObjectACL: return .putObjectACL(try putObjectACL(bucket, key))
        case .createMultipartUpload: return .createMultipartUpload(try createMultipartUpload(bucket, key))
        case .uploadPart: return .uploadPart(try uploadPart(bucket, key))
        case .uploadPartCopy: return .uploadPartCopy(try uploadPartCopy(bucket, key))
        case .completeMultipartUpload: return .completeMultipartUpload(try completeMultipartUpload(bucket, key))
        case .abortMultipartUpload: return .abortMultipartUpload(abortMultipartUpload(bucket, key))
        case .listParts: return .listParts(try listParts(bucket, key))
        default:
            guard name.isProbe else { throw .notImplemented(operation: name.rawValue) }
            return .configuration(ConfigurationRequest(name: name, bucket: bucket))
        }
    }

    private func object(_ bucket: BucketName, _ key: ObjectKey) throws(S3Error) -> ObjectRequest {
        ObjectRequest(bucket: bucket, key: key, version: try version())
    }
}
