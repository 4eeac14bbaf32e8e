public import Core
import Synchronization

extension SearchIndex {
    /// Opens what is in the folder, or makes it.
    /// - Throws: `.damaged` and `.otherVersion`: the caller removes the folder (`remove`) and makes the index anew from
    ///   the rows.
    public static func open(
        _ drive: any Drive, folder: String, settings: IndexSettings, compute: any Compute
    ) async throws(IndexError) -> SearchIndex {
        let cache = BlockCache(limit: settings.cacheBytes)
        var state = IndexState()
        let names = try await listing(drive, folder)
        let manifests = try await manifests(drive, folder, names)
        if let manifest = manifests.first {
            state.manifest = manifest
            state.previousManifest = manifests.dropFirst().first
            state.committed = manifest.committed
            state.applied = manifest.committed
            state.nextSegment = manifest.nextSegment
            for entry in manifest.entries {
                state.files.append(try await file(entry, drive, folder, cache))
            }
        }
        // Numbers that something on the drive has are never given again.
        for name in names {
            let base = name.hasSuffix(".new") ? String(name.dropLast(4)) : name
            if let generation = FileName.generation(ofManifest: base) {
                state.generation = max(state.generation, generation)
            }
            if let number = FileName.number(ofSegment: name) { state.nextSegment = max(state.nextSegment, number + 1) }
        }
        let index = SearchIndex(
            drive, folder: folder, settings: settings, compute: compute, cache: cache, state: state)
        // Where a manifest is damaged, what it names stays until the next commit has written another.
        let known = names.count { FileName.generation(ofManifest: $0) != nil }
        if known <= manifests.count { try await index.removeLeftovers() }
        return index
    }

    private static func listing(_ drive: any Drive, _ folder: String) async throws(IndexError) -> [String] {
        do { return try await drive.list(folder) } catch {
            guard error == .notFound else { throw .drive(error) }
        }
        do {
            try await drive.makeFolder(folder)
            let parent = folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? ""
            try await drive.syncFolder(parent)
            return []
        } catch { throw .drive(error) }
    }

    /// The valid manifests, the newest first, two at most. One that is torn was never acknowledged, or its loss is
    /// answered by the one before; if none of several is valid, the index is damaged.
    private static func manifests(
        _ drive: any Drive, _ folder: String, _ names: [String]
    ) async throws(IndexError) -> [Manifest] {
        var found: [Manifest] = []
        let generations = names.compactMap { FileName.generation(ofManifest: $0) }.sorted(by: >)
        for generation in generations where found.count < 2 {
            let bytes: [UInt8]
            do { bytes = try await drive.readFile(folder + "/" + FileName.manifest(generation)) } catch {
                throw .drive(error)
            }
            do {
                let manifest = try Manifest(bytes)
                if manifest.generation == generation { found.append(manifest) }
            } catch CodecError.newerVersion(let version) {
                throw .otherVersion(version)
            } catch {
                continue
            }
        }
        if found.isEmpty, let newest = generations.first {
            throw .damaged("\(folder)/\(FileName.manifest(newest))")
        }
        return found
    }

    private static func file(
        _ entry: Manifest.Entry, _ drive: any Drive, _ folder: String, _ cache: BlockCache
    ) async throws(IndexError) -> IndexState.File {
        let segment = try await SegmentFile.open(
            drive, path: folder + "/" + FileName.segment(entry.segment), segment: entry.segment,
            bytes: entry.fileBytes, cache: cache)
        var file = IndexState.File(
            segment: segment, live: LiveDocuments(count: segment.documentCount), bytes: entry.fileBytes)
        guard entry.liveGeneration > 0 else { return file }
        let path = folder + "/" + FileName.live(entry.segment, entry.liveGeneration)
        do {
            let bytes = try await drive.readFile(path, limit: 1 << 30)
            file.live = try LiveFile.decoded(bytes, of: segment, generation: entry.liveGeneration)
        } catch let error as CodecError {
            throw .damaged("\(path): \(error)")
        } catch let error as DriveError {
            throw error == .notFound ? .damaged("\(path): missing") : .drive(error)
        } catch {
            throw .damaged(path)
        }
        guard file.live.deleted == Int(entry.deleted) else { throw .damaged("\(path): of another manifest") }
        file.liveGeneration = entry.liveGeneration
        file.deletedOnDrive = file.live.deleted
        return file
    }

    /// Removes an index that nobody has open.
    public static func remove(_ drive: any Drive, folder: String) async throws(DriveError) {
        let names: [String]
        do { names = try await drive.list(folder) } catch {
            if error == .notFound { return }
            throw error
        }
        // Manifests first: what is left by a crash in between is no index, not half of one.
        for name in names where name.hasPrefix("manifest-") { try await drive.remove(folder + "/" + name) }
        try await drive.syncFolder(folder)
        for name in names where !name.hasPrefix("manifest-") { try await drive.remove(folder + "/" + name) }
        try await drive.remove(folder)
    }

    /// Reads all files and compares checksums.
    /// - Throws: `.damaged` at the first that does not hold what was written.
    public func verify() async throws(IndexError) {
        let (segments, manifest) = state.withLock { ($0.files.map(\.segment), $0.manifest) }
        for segment in segments { if case .file(let file) = segment.store { try await file.verify() } }
        guard let manifest else { return }
        do {
            let name = path(FileName.manifest(manifest.generation))
            // A commit meanwhile may have written newer ones and removed it.
            guard try await drive.readFile(name) == manifest.encoded() else { throw IndexError.damaged(name) }
            for entry in manifest.entries where entry.liveGeneration > 0 {
                let name = path(FileName.live(entry.segment, entry.liveGeneration))
                let bytes = try await drive.readFile(name, limit: 1 << 30)
                guard let segment = segments.first(where: { $0.id == entry.segment }) else { continue }
                _ = try LiveFile.decoded(bytes, of: segment, generation: entry.liveGeneration)
            }
        } catch let error as IndexError {
            throw error
        } catch let error as DriveError {
            let isCurrent = state.withLock { $0.manifest?.generation == manifest.generation }
            if isCurrent { throw error == .notFound ? .damaged("\(folder): a file is missing") : .drive(error) }
        } catch {
            throw .damaged("\(folder): live bits")
        }
    }
}
