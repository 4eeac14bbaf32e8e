import Core
import Metadata
public import S3

/// What describes an object, and a page of its parts.
public struct GetObjectAttributes: Sendable {
    let context: ObjectStoreContext
    public init(_ context: ObjectStoreContext) { self.context = context }

    public func run(_ request: GetObjectAttributesRequest) async throws(S3Error) -> ObjectAttributesResult {
        let object = try await context.currentObject(request.bucket, request.key, request.version, withBody: false)
        var result = ObjectAttributesResult(object: object.record.description)
        guard request.attributes.contains(.parts), case .parts(let table) = object.record.location else {
            return result
        }
        result.parts = try await parts(request, object, table)
        return result
    }

    private func parts(
        _ request: GetObjectAttributesRequest, _ object: CurrentObject, _ table: PartTable
    ) async throws(S3Error) -> ObjectAttributesResult.Parts {
        var result = ObjectAttributesResult.Parts(totalCount: Int(table.count))
        guard request.maximumParts > 0, request.partMarker < PartNumber.maximum else { return result }
        let first = UInt16(request.partMarker + 1)
        for page in table.page(ofPart: first)..<table.pageCount {
            let content = try await context.partTable(
                object.bucket.bucket, object.key.bytes, ordinal: object.record.bodyOrdinal, table, page: page)
            for part in content.parts where part.number >= first {
                guard result.parts.count < request.maximumParts else {
                    result.isTruncated = true
                    return result
                }
                guard let number = PartNumber(Int(part.number)) else { continue }
                result.parts.append(
                    ObjectAttributesResult.Part(
                        number: number, size: part.reference.sizeBytes, checksum: object.record.checksum(of: part)))
            }
        }
        return result
    }
}
