import Core
import Metadata
public import S3
import SearchIndex

/// The buckets that a search may look into: what its requester may list, and nothing else. Whatever the search shows or
/// counts comes from these.
struct SearchScope: Sendable {
    var index: IndexScope
    /// Of the buckets in it.
    var names: [BucketID: String] = [:]
    /// Declared fields of all of them; a name that two declare as different kinds is not among them.
    var schema: SearchSchema
    /// Shards that hold their objects, in key order.
    var shards: [ShardID]

    var queryBuckets: [(name: String, id: BucketID)] {
        names.map { ($0.value, $0.key) }.sorted { $0.0 < $1.0 }
    }
}

extension ObjectStoreContext {
    private static let bucketsPerPage = 1000

    func searchScope(_ bucket: BucketName?, by requester: Requester) async throws(S3Error) -> SearchScope {
        guard let bucket else { return try await wholeScope(requester) }
        let record = try await activeBucket(bucket)
        return SearchScope(
            index: .buckets([record.bucket]), names: [record.bucket: record.name],
            schema: try await searchSchema(record.bucket), shards: metadata.shards(covering: record.bucket))
    }

    private func wholeScope(_ requester: Requester) async throws(S3Error) -> SearchScope {
        var names: [BucketID: String] = [:]
        var last: String?
        while true {
            let page: [BucketRecord]
            do throws(MetadataError) {
                page = try await metadata.buckets(after: last, prefix: "", limit: Self.bucketsPerPage)
            } catch {
                throw S3Error(error)
            }
            for record in page where record.state != .creating {
                if requester.isRoot || record.owner == requester.owner.id { names[record.bucket] = record.name }
            }
            last = page.last?.name
            guard page.count == Self.bucketsPerPage else { break }
        }
        var fields: [MetadataName: SearchSchema.Kind?] = [:]
        for bucket in names.keys {
            for field in try await searchSchema(bucket).fields {
                if let known = fields[field.name], known != field.kind {
                    fields[field.name] = .some(nil)
                } else {
                    fields[field.name] = field.kind
                }
            }
        }
        let declared = fields.compactMap { name, kind in kind.map { SearchSchema.DeclaredField(name, $0) } }
            .sorted { ($0.name.source.rawValue, $0.name.name) < ($1.name.source.rawValue, $1.name.name) }
        return SearchScope(
            index: .buckets(names.keys.sorted()), names: names, schema: SearchSchema(fields: declared, stemmer: nil),
            shards: search.shards)
    }

    func searchSchema(_ bucket: BucketID) async throws(S3Error) -> SearchSchema {
        let bytes: [UInt8]?
        do throws(MetadataError) {
            bytes = try await metadata.bucketConfiguration(
                bucket, kind: BucketConfigurationKind.search.rawValue)
        } catch {
            throw S3Error(error)
        }
        guard let bytes else { return .standard }
        do throws(CodecError) { return try SearchSchema(bytes) } catch {
            throw S3Error(.internalError, "The search configuration of the bucket cannot be read.")
        }
    }
}

extension MetadataName {
    /// `meta.NAME` or `tag.NAME`; nil if the text is neither.
    init?(text: String) {
        if text.hasPrefix("meta."), text.utf8.count > 5 {
            self.init(.userMetadata, text.dropFirst(5).lowercased())
        } else if text.hasPrefix("tag."), text.utf8.count > 4 {
            self.init(.tag, String(text.dropFirst(4)))
        } else {
            return nil
        }
    }

    var text: String { (source == .tag ? "tag." : "meta.") + name }
}

/// The declared fields of a bucket. The system shard's row is what gateways read; every shard that covers the bucket has
/// a copy, whose change makes its indexes read the bucket's objects again.
public struct BucketSearchConfiguration: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func get(_ request: SearchConfigurationRequest) async throws(S3Error) -> SearchConfiguration {
        let bucket = try await context.activeBucket(request.bucket)
        let schema = try await context.searchSchema(bucket.bucket)
        return SearchConfiguration(
            fields: schema.fields.map { field in
                let kind: SearchConfiguration.Kind =
                    switch field.kind {
                    case .number: .number
                    case .date: .date
                    case .keyword: .keyword
                    }
                return SearchConfiguration.Field(name: field.name.text, kind: kind)
            }, stemmer: schema.stemmer)
    }

    /// Returns once every shard that covers the bucket has it. Objects that were there before are indexed under it one
    /// after the other from now on.
    public func put(_ request: SearchConfigurationRequest) async throws(S3Error) {
        try await set(Self.schema(request.configuration).encoded, of: request.bucket)
    }

    public func delete(_ request: SearchConfigurationRequest) async throws(S3Error) {
        try await set(nil, of: request.bucket)
    }

    private static func schema(_ configuration: SearchConfiguration) throws(S3Error) -> SearchSchema {
        guard configuration.fields.count <= SearchSchema.maximumFields else {
            throw S3Error(.invalidRequest, "At most \(SearchSchema.maximumFields) fields can be declared.")
        }
        var schema = SearchSchema.standard
        for field in configuration.fields {
            guard let name = MetadataName(text: field.name) else {
                throw S3Error(.invalidRequest, "\"\(field.name)\" is neither meta.NAME nor tag.NAME.")
            }
            guard !schema.fields.contains(where: { $0.name == name }) else {
                throw S3Error(.invalidRequest, "\"\(field.name)\" is declared twice.")
            }
            let kind: SearchSchema.Kind =
                switch field.kind {
                case .number: .number
                case .date: .date
                case .keyword: .keyword
                }
            schema.fields.append(SearchSchema.DeclaredField(name, kind))
        }
        if let stemmer = configuration.stemmer {
            guard Stemming.names.contains(stemmer) else {
                throw S3Error(
                    .invalidRequest,
                    "There is no stemmer \"\(stemmer)\"; there are \(Stemming.names.joined(separator: ", ")).")
            }
            schema.stemmer = stemmer
        }
        return schema
    }

    private func set(_ bytes: [UInt8]?, of name: BucketName) async throws(S3Error) {
        let bucket = try await context.activeBucket(name)
        let kind = BucketConfigurationKind.search.rawValue
        let result = try await context.execute(
            .configureBucket(name: bucket.name, bucket: bucket.bucket, kind: kind, bytes: bytes), at: .system)
        guard result == .done else { throw .noSuchBucket(name) }
        for shard in context.metadata.shards(covering: bucket.bucket) {
            _ = try await context.execute(
                .setSearchSchema(bucket: bucket.bucket, bytes: bytes), at: .shard(shard))
        }
    }
}
