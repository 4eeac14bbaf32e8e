import Core
import Metadata
import S3

/// An upload that takes parts, as a request names it.
struct OpenUpload: Sendable {
    var bucket: BucketRecord
    var name: UploadName
    var record: UploadRecord

    /// What the client asked for; nil if it named no checksum.
    var declared: MultipartChecksum? { record.isChecksumDeclared ? record.checksum : nil }
}

extension UploadRecord {
    /// What parts and object get.
    var checksum: MultipartChecksum {
        MultipartChecksum(
            ChecksumAlgorithm(rawValue: checksumAlgorithm) ?? .crc64nvme,
            ChecksumType(rawValue: checksumType) ?? .fullObject)
    }
}

extension S3.UploadID {
    init(_ upload: UniqueID) { self.init(text: "\(upload)") }
}

extension ObjectStoreContext {
    /// - Throws: `NoSuchUpload` for text that is no ID of ours.
    func uploadName(
        _ bucket: BucketRecord, _ key: ObjectKey, _ upload: S3.UploadID
    ) throws(S3Error) -> UploadName {
        guard let id = UniqueID(upload.text) else { throw .noSuchUpload(upload) }
        return UploadName(bucket: bucket.bucket, key: key.bytes, upload: id)
    }

    /// - Throws: `NoSuchUpload` also for one that was completed.
    func openUpload(
        _ bucket: BucketName, _ key: ObjectKey, _ upload: S3.UploadID
    ) async throws(S3Error) -> OpenUpload {
        let bucket = try await activeBucket(bucket)
        let name = try uploadName(bucket, key, upload)
        guard case .open(let record) = try await uploadState(name) else { throw .noSuchUpload(upload) }
        return OpenUpload(bucket: bucket, name: name, record: record)
    }

    func uploadState(_ name: UploadName) async throws(S3Error) -> UploadState {
        do throws(MetadataError) { return try await metadata.upload(name) } catch { throw S3Error(error) }
    }

    func parts(of name: UploadName, after number: UInt16, limit: Int) async throws(S3Error) -> PartsPage {
        do throws(MetadataError) {
            return try await metadata.parts(of: name, after: number, limit: limit)
        } catch {
            throw S3Error(error)
        }
    }
}

extension NumberedPart {
    var partNumber: PartNumber? { PartNumber(Int(number)) }

    func checksum(_ algorithm: ChecksumAlgorithm) -> ObjectChecksum? {
        part.checksum.count == algorithm.length ? ObjectChecksum(algorithm: algorithm, value: part.checksum) : nil
    }
}
