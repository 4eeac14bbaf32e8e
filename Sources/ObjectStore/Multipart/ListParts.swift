import Metadata
public import S3

/// A page of an upload's parts; costs what the page costs.
public struct ListParts: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ request: ListPartsRequest, by requester: Requester) async throws(S3Error) -> ListPartsResult {
        let upload = try await context.openUpload(request.bucket, request.key, request.upload)
        let owner = requester.owner(upload.record.owner)
        var result = ListPartsResult(
            parts: [], isTruncated: false, owner: owner, initiator: owner, checksum: upload.declared)
        guard request.maximumParts > 0, let after = UInt16(exactly: request.marker) else { return result }
        let page = try await context.parts(of: upload.name, after: after, limit: request.maximumParts)
        result.isTruncated = page.hasMore
        for part in page.parts {
            guard let number = part.partNumber else { continue }
            result.parts.append(
                ListedPart(
                    number: number, size: part.part.sizeBytes, lastModified: part.part.lastModified,
                    tag: EntityTag(md5: part.part.md5),
                    checksum: upload.declared.flatMap { part.checksum($0.algorithm) }))
        }
        return result
    }
}
