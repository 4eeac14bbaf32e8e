import Core
import Metadata
import S3

/// Between rows and what S3 shows of them.
extension ObjectRecord.Summary {
    var entityTag: EntityTag { EntityTag(md5: tag, parts: partCount == 0 ? nil : Int(partCount)) }
}

extension ObjectRecord {
    var s3Metadata: ObjectMetadata {
        ObjectMetadata(
            standard: standardFields.compactMap { entry in
                ObjectMetadata.StandardField(rawValue: entry.field).map {
                    ObjectMetadata.StandardEntry($0, entry.value)
                }
            },
            user: userMetadata.map { ObjectMetadata.UserEntry($0.name, $0.value) })
    }

    var s3Checksum: ObjectChecksum? {
        guard let algorithm = ChecksumAlgorithm(rawValue: summary.checksumAlgorithm),
            let type = ChecksumType(rawValue: summary.checksumType), checksum.count == algorithm.length
        else { return nil }
        return ObjectChecksum(
            algorithm: algorithm, type: type, value: checksum,
            parts: type == .composite ? Int(summary.partCount) : nil)
    }

    var description: ObjectDescription {
        ObjectDescription(
            size: summary.sizeBytes, tag: summary.entityTag, lastModified: summary.lastModified, metadata: s3Metadata,
            checksum: s3Checksum, tagCount: tags.count,
            partCount: summary.partCount == 0 ? nil : Int(summary.partCount))
    }
}

extension Condition {
    /// - Throws: `InvalidArgument`-like refusals belong to the parser; a tag that is none of ours simply never matches.
    init(_ condition: WriteCondition) {
        switch condition {
        case .none: self = .none
        case .ifAbsent: self = .absent
        case .ifExists: self = .present
        case .ifMatches(let tag):
            let pieces = tag.text.split(separator: "-", omittingEmptySubsequences: false)
            let digest = pieces.first.flatMap { Hexadecimal.decode($0) } ?? []
            let parts = pieces.count == 2 ? UInt16(pieces[1]) : 0
            // The digest of no object is empty, so an unknown form of tag matches nothing.
            self = pieces.count <= 2 && parts != nil ? .tag(digest, parts: parts ?? 0) : .tag([], parts: 0)
        }
    }
}

extension ObjectMetadata {
    var standardFields: [ObjectRecord.StandardField] {
        standard.map { ObjectRecord.StandardField($0.field.rawValue, $0.value) }
    }

    var userFields: [ObjectRecord.UserField] { user.map { ObjectRecord.UserField($0.name, $0.value) } }
}

extension TagSet {
    var rows: [ObjectRecord.Tag] { tags.map { ObjectRecord.Tag($0.key, $0.value) } }

    /// Of an object's row, which was valid when it was written.
    init(rows: [ObjectRecord.Tag]) throws(S3Error) {
        self = try TagSet(rows.map { Tag($0.key, $0.value) }, of: .object)
    }
}

extension EntityTag {
    /// The digest; empty, which is that of no object or part, for a tag that is none of ours.
    var digest: [UInt8] { Hexadecimal.decode(text.prefix { $0 != "-" }) ?? [] }
}

extension Requester {
    /// Whom a listing shows as the owner of what a row says belongs to `id`.
    func owner(_ id: String) -> Owner { id == owner.id ? owner : Owner(id: id, displayName: id) }
}
