public import Core
import Metadata
public import S3

/// What a GET sends.
public enum ObjectContent: Sendable {
    case inline([UInt8])
    case blob(BlobReader)
    case parts(PartedBlobReader)

    /// - Throws: what the sink threw, or an error if the bytes cannot be had; some may have been handed out then.
    public func stream(to sink: BlobReader.Sink) async throws(S3Error) {
        switch self {
        case .inline(let bytes):
            guard !bytes.isEmpty else { return }
            try await sink([IOBuffer(copying: bytes).slice(0..<bytes.count)])
        case .blob(let reader): try await reader.stream(to: sink)
        case .parts(let reader): try await reader.stream(to: sink)
        }
    }
}

/// The current version of an object with where it is.
struct CurrentObject: Sendable {
    var bucket: BucketRecord
    var key: ObjectKey
    var stored: StoredObject

    var record: ObjectRecord { stored.record }
}

extension ObjectStoreContext {
    /// - Throws: `NoSuchKey`; `NoSuchVersion` if the version was asked for by its name.
    func currentObject(
        _ name: BucketName, _ key: ObjectKey, _ version: VersionSelector, withBody: Bool
    ) async throws(S3Error) -> CurrentObject {
        let bucket = try await activeBucket(name)
        let stored: StoredObject?
        do throws(MetadataError) {
            stored = try await metadata.object(bucket.bucket, key.bytes, withBody: withBody)
        } catch {
            throw S3Error(error)
        }
        guard let stored, !stored.record.isDeleteMarker else { throw .missing(key, version) }
        return CurrentObject(bucket: bucket, key: key, stored: stored)
    }

    /// The bytes of a range of an object; an inline one must have been read with its body.
    func content(_ object: CurrentObject, range: Range<UInt64>) -> ObjectContent {
        let (bucket, key) = (object.bucket.bucket, object.key.bytes)
        switch object.record.location {
        case .inline:
            let body = object.stored.body ?? []
            return .inline(range.isEmpty ? [] : Array(body[Int(range.lowerBound)..<Int(range.upperBound)]))
        case .blob(let reference):
            return .blob(BlobReader(context: self, reference: reference, bucket: bucket, key: key, range: range))
        case .parts(let table):
            return .parts(
                PartedBlobReader(
                    context: self, bucket: bucket, key: key, ordinal: object.record.bodyOrdinal, table: table,
                    range: range))
        }
    }

    /// The part of a number; nil if there is none, or the object was stored in one piece.
    func part(_ number: PartNumber, of object: CurrentObject) async throws(S3Error) -> ObjectDescription.Part? {
        guard case .parts(let table) = object.record.location else { return nil }
        let page = try await partTable(
            object.bucket.bucket, object.key.bytes, ordinal: object.record.bodyOrdinal, table,
            page: table.page(ofPart: UInt16(number.value)))
        guard let found = page.ranges.first(where: { $0.part.number == number.value }) else { return nil }
        return ObjectDescription.Part(range: found.range, checksum: object.record.checksum(of: found.part))
    }
}

extension S3Error {
    static func missing(_ key: ObjectKey, _ version: VersionSelector) -> S3Error {
        switch version {
        case .current: .noSuchKey(key)
        case .null:
            S3Error(.noSuchVersion, details: [S3Error.Detail("Key", key.text), S3Error.Detail("VersionId", "null")])
        }
    }
}

extension ObjectRecord {
    /// Of one part, in the algorithm and with the type of the whole.
    func checksum(of part: TablePart) -> ObjectChecksum? {
        guard let algorithm = ChecksumAlgorithm(rawValue: summary.checksumAlgorithm),
            let type = ChecksumType(rawValue: summary.checksumType), part.checksum.count == algorithm.length
        else { return nil }
        return ObjectChecksum(algorithm: algorithm, type: type, value: part.checksum)
    }
}
