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
        let found = try await context.currentObject(request.bucket, request.key, request.version, withBody: withBody)
        var object = found.record.description
        if let number = request.part { object.part = try await context.part(number, of: found) }
        let decision = try request.decide(object)
        var range: Range<UInt64>
        switch decision {
        case .whole: range = 0..<object.size
        case .part(let part): range = part
        case .notModified: range = 0..<0
        }
        if !withBody { range = 0..<0 }
        return Answer(object: object, decision: decision, content: context.content(found, range: range))
    }
}
