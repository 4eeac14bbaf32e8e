import Core
import HTTP
import ObjectStore
import S3
import SystemIO

/// One request whose operation is known: carries it out and makes the answer, all but that of GET and HEAD.
struct GatewayCall {
    let node: NodeServer
    let exchange: HTTPExchange
    let requester: Requester
    let chunkSigning: ChunkSigning?

    private var context: ObjectStoreContext { node.context }

    func answer(_ operation: S3Operation) async throws(S3Error) -> S3Response {
        switch operation {
        case .listBuckets, .createBucket, .headBucket, .deleteBucket, .getBucketLocation, .getBucketTagging,
            .putBucketTagging, .deleteBucketTagging, .getBucketACL, .putBucketACL, .configuration, .listObjects,
            .listObjectVersions, .listMultipartUploads:
            return try await answerBucket(operation)
        case .search(let request):
            return .search(try await SearchObjects(context).run(request, by: requester), to: request)
        case .searchConfiguration(let request): return try await answerConfiguration(request)
        case .createMultipartUpload, .uploadPart, .uploadPartCopy, .completeMultipartUpload, .abortMultipartUpload,
            .listParts:
            return try await answerUpload(operation)
        default: return try await answerObject(operation)
        }
    }

    private func answerBucket(_ operation: S3Operation) async throws(S3Error) -> S3Response {
        switch operation {
        case .listBuckets(let request):
            return .listBuckets(try await ListBuckets(context).run(request, by: requester), to: request)
        case .createBucket(let request):
            try await CreateBucket(context).run(request, by: requester)
            return .createBucket(request)
        case .headBucket(let request):
            try await HeadBucket(context).run(request.bucket)
            return .headBucket(region: context.region)
        case .deleteBucket(let request):
            try await DeleteBucket(context).run(request, by: requester)
            return .deleteBucket()
        case .getBucketLocation(let request):
            try await HeadBucket(context).run(request.bucket)
            return .bucketLocation(region: context.region)
        case .getBucketTagging(let request): return .tagging(try await BucketTagging(context).get(request))
        case .putBucketTagging(let request):
            try await BucketTagging(context).put(request)
            return .putBucketTagging()
        case .deleteBucketTagging(let request):
            try await BucketTagging(context).delete(request)
            return .deleteBucketTagging()
        case .getBucketACL(let request):
            try await AccessControl(context).get(request)
            return .accessControlPolicy(requester.owner)
        case .putBucketACL(let request):
            try await AccessControl(context).put(request, by: requester)
            return .putACL()
        case .configuration(let request):
            try await HeadBucket(context).run(request.bucket)
            return try .configuration(request)
        case .listObjects(let request):
            return .listObjects(try await ListObjects(context).run(request, by: requester), to: request)
        case .listObjectVersions(let request):
            return .listObjectVersions(try await ListObjectVersions(context).run(request, by: requester), to: request)
        case .listMultipartUploads(let request):
            return .listMultipartUploads(
                try await ListMultipartUploads(context).run(request, by: requester), to: request)
        default: throw S3Error(.notImplemented)
        }
    }

    private func answerConfiguration(_ request: SearchConfigurationRequest) async throws(S3Error) -> S3Response {
        let configuration = BucketSearchConfiguration(context)
        switch request.action {
        case .get: return .searchConfiguration(try await configuration.get(request))
        case .put:
            try await configuration.put(request)
            return .putSearchConfiguration()
        case .delete:
            try await configuration.delete(request)
            return .deleteSearchConfiguration()
        }
    }

    private func answerObject(_ operation: S3Operation) async throws(S3Error) -> S3Response {
        switch operation {
        case .putObject(let request):
            let result = try await PutObject(context).run(request, body: body(request.payload), by: requester)
            node.metrics.received(bytes: result.size)
            return .putObject(result)
        case .copyObject(let request):
            return .copyObject(try await CopyObject(context).run(request, by: requester))
        case .deleteObject(let request):
            try await DeleteObject(context).run(request)
            return .deleteObject()
        case .deleteObjects(let request):
            return .deleteObjects(try await DeleteObjects(context).run(request), to: request)
        case .getObjectAttributes(let request):
            return .getObjectAttributes(try await GetObjectAttributes(context).run(request), to: request)
        case .getObjectTagging(let request): return .tagging(try await ObjectTagging(context).get(request))
        case .putObjectTagging(let request):
            try await ObjectTagging(context).put(request)
            return .putObjectTagging()
        case .deleteObjectTagging(let request):
            try await ObjectTagging(context).delete(request)
            return .deleteObjectTagging()
        case .getObjectACL(let request):
            try await AccessControl(context).get(request)
            return .accessControlPolicy(requester.owner)
        case .putObjectACL(let request):
            try await AccessControl(context).put(request, by: requester)
            return .putACL()
        default: throw S3Error(.notImplemented)
        }
    }

    private func answerUpload(_ operation: S3Operation) async throws(S3Error) -> S3Response {
        switch operation {
        case .createMultipartUpload(let request):
            let upload = try await CreateMultipartUpload(context).run(request, by: requester)
            return .createMultipartUpload(upload, to: request)
        case .uploadPart(let request):
            let answer = try await UploadPart(context).run(request) { body($0) }
            node.metrics.received(bytes: answer.size)
            return .uploadPart(answer.result)
        case .uploadPartCopy(let request):
            return .uploadPartCopy(try await UploadPartCopy(context).run(request))
        case .completeMultipartUpload(let request):
            let result = try await CompleteMultipartUpload(context).run(request)
            return .completeMultipartUpload(result, to: request, location: location)
        case .abortMultipartUpload(let request):
            try await AbortMultipartUpload(context).run(request)
            return .abortMultipartUpload()
        case .listParts(let request):
            return .listParts(try await ListParts(context).run(request, by: requester), to: request)
        default: throw S3Error(.notImplemented)
        }
    }

    private func body(_ payload: PayloadDescription) -> ObjectBody {
        ObjectBody(ExchangeSource(exchange), payload, signing: chunkSigning)
    }

    /// The URL of the object, as the client reached it.
    var location: String {
        let scheme = node.settings.tls == nil ? "http" : "https"
        return "\(scheme)://\(exchange.head.headers["host"] ?? "")\(exchange.head.rawPath)"
    }
}
