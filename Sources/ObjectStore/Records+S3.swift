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
        return ObjectChecksum(algorithm: algorithm, type: type, value: checksum)
    }

    var description: ObjectDescription {
        ObjectDescription(
            size: summary.sizeBytes, tag: summary.entityTag, lastModified: summary.lastModified, metadata: s3Metadata,
            checksum: s3Checksum)
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
