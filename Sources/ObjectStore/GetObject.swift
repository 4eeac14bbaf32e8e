import Core
import Metadata
public import S3

/// The newest version of an object: its row, then its bytes as a stream of verified blocks.
public struct GetObject: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public struct Answer: Sendable {
        public var object: ObjectDescription
        public var decision: ReadDecision
        public var content: ObjectContent
    }

    /// - Parameter withBody: false for HEAD, which never reads bytes.
    public func run(_ request: GetObjectRequest, withBody: Bool) async throws(S3Error) -> Answer {
        let bucket = try await context.activeBucket(request.bucket)
        let stored: StoredObject?
        do throws(MetadataError) {
            stored = try await context.metadata.object(bucket.bucket, request.key.bytes, withBody: withBody)
        } catch {
            throw S3Error(error)
        }
        guard let stored, !stored.record.isDeleteMarker else { throw .noSuchKey(request.key) }
        let object = stored.record.description
        let decision = try request.decide(object)
        var range: Range<UInt64>
        switch decision {
        case .whole: range = 0..<object.size
        case .part(let part): range = part
        case .notModified: range = 0..<0
        }
        if !withBody { range = 0..<0 }
        switch stored.record.location {
        case .inline:
            let body = stored.body ?? []
            let part = range.isEmpty ? [] : Array(body[Int(range.lowerBound)..<Int(range.upperBound)])
            return Answer(object: object, decision: decision, content: .inline(part))
        case .blob(let reference):
            let reader = BlobReader(
                context: context, reference: reference, bucket: bucket.bucket, key: request.key.bytes, range: range)
            return Answer(object: object, decision: decision, content: .blob(reader))
        case .parts: throw S3Error(.notImplemented)
        }
    }
}

/// What a GET sends.
public enum ObjectContent: Sendable {
    case inline([UInt8])
    case blob(BlobReader)
}
