public import Core
import Synchronization

extension SearchIndex {
    func path(_ name: String) -> String { folder + "/" + name }

    /// Writes the in-memory segment to a file, syncs it, and then the manifest that names it. `apply` may go on meanwhile:
    /// what it adds waits for the next commit.
    /// - Returns: the sequence up to which everything is durable now.
    /// - Throws: `.drive`: nothing has changed but for files that the next commit removes; it may be tried again.
    public func commit() async throws(IndexError) -> SequenceNumber {
        await manifestTurn.enter()
        defer { manifestTurn.leave() }
        let (parts, sequence) = state.withLock { state -> ([IndexState.Part], SequenceNumber) in
            state.seal()
            for index in state.parts.indices { state.parts[index].isFlushing = true }
            return (state.parts, state.applied)
        }
        do {
            try await resolve()
            if !parts.isEmpty {
                let views = await compute.run { parts.map { SegmentView(segment: $0.part.segment, live: $0.live) } }
                try await write(views)
            }
            try await writeManifest(committed: sequence)
            return sequence
        } catch {
            state.withLock { state in for index in state.parts.indices { state.parts[index].isFlushing = false } }
            throw error
        }
    }

    /// Merges files, if a merge is due, in slices between which others run. What was written is read back and compared
    /// before the old files go.
    /// - Returns: false if nothing was due.
    public func merge() async throws(IndexError) -> Bool {
        try await resolve()
        let views = state.withLock { state -> [SegmentView] in
            guard let files = state.dueFileMerge(settings) else { return [] }
            let ids = Set(files.map(\.segment.id))
            for index in state.files.indices where ids.contains(state.files[index].segment.id) {
                state.files[index].isMerging = true
            }
            return files.map { SegmentView(segment: $0.segment, live: $0.live) }
        }
        if views.isEmpty { return false }
        do {
            let written = try await writeFile(views)
            await manifestTurn.enter()
            defer { manifestTurn.leave() }
            install(written, inputs: views)
            try await writeManifest(committed: committed)
            for view in views { cache.remove(segment: view.segment.id) }
            return true
        } catch {
            state.withLock { state in for index in state.files.indices { state.files[index].isMerging = false } }
            throw error
        }
    }

    private struct Written {
        var merge: SegmentMerge
        /// nil if nothing was live.
        var segment: Segment?
        var id: UInt64
        var bytes: UInt64
    }

    private func write(_ views: [SegmentView]) async throws(IndexError) {
        install(try await writeFile(views), inputs: views)
    }

    private func install(_ written: Written, inputs: [SegmentView]) {
        state.withLock { state in
            state.inProgress.remove(written.id)
            guard let segment = written.segment else {
                let ids = Set(inputs.map(\.segment.id))
                state.parts.removeAll { ids.contains($0.part.id) }
                state.files.removeAll { ids.contains($0.segment.id) }
                for key in state.unresolved.keys { state.unresolved[key]?.segments.subtract(ids) }
                return
            }
            let live = state.replace(written.merge, by: segment)
            state.files.append(IndexState.File(segment: segment, live: live, bytes: written.bytes))
        }
    }

    /// Merges segments into a new file, durable but for its name, and verified.
    private func writeFile(_ views: [SegmentView]) async throws(IndexError) -> Written {
        let merge = await compute.run { SegmentMerge(views) }
        let id = state.withLock { state in
            let id = state.newSegment()
            state.inProgress.insert(id)
            return id
        }
        guard merge.writer.documentCount > 0 else { return Written(merge: merge, segment: nil, id: id, bytes: 0) }
        do {
            var writer = try await SegmentFileWriter(drive, path: path(FileName.segment(id)), segment: id)
            try await run(merge, writing: &writer)
            let bytes = try await writer.finish(merge.writer)
            let segment = try await SegmentFile.open(
                drive, path: writer.path, segment: id, bytes: bytes, cache: cache)
            if case .file(let file) = segment.store { try await file.verify() }
            return Written(merge: merge, segment: segment, id: id, bytes: bytes)
        } catch {
            state.withLock { _ = $0.inProgress.remove(id) }
            throw error
        }
    }

    private func run(_ merge: SegmentMerge, writing writer: inout SegmentFileWriter) async throws(IndexError) {
        while true {
            let progress = await compute.run { merge.mergeKeys() }
            if case .needsLoad(let input) = progress { try await merge.inputs[input].loadKeys() }
            try await writer.drain(merge.writer)
            await Task.yield()
            if progress == .done { break }
        }
        for (index, name) in merge.columnNames.enumerated() {
            var readers: [ColumnReader?] = []
            for input in merge.inputs { readers.append(try await input.loadColumn(index, name)) }
            let loaded = readers
            await compute.run { merge.mergeColumn(name, loaded) }
            try await writer.drain(merge.writer)
            await Task.yield()
        }
        while true {
            // More than three sections can hold without being drained.
            let progress = await compute.run { merge.mergeTerms(limit: 4 * SegmentFileWriter.pieceBytes) }
            if case .needsLoad(let input) = progress { try await merge.inputs[input].loadTerms() }
            try await writer.drain(merge.writer)
            await Task.yield()
            if progress == .done { break }
        }
    }

    // MARK: Manifest

    /// Writes live bits that have changed, then the manifest. Only with the turn for it.
    private func writeManifest(committed: SequenceNumber) async throws(IndexError) {
        let (generation, files) = state.withLock { state -> (UInt64, [IndexState.File]) in
            state.generation += 1
            return (state.generation, state.files)
        }
        var manifest = Manifest(
            generation: generation, committed: committed, nextSegment: state.withLock { $0.nextSegment })
        var written: [UInt64: IndexState.File] = [:]
        for var file in files {
            if file.live.deleted != file.deletedOnDrive {
                let (live, id) = (file.live, file.segment.id)
                let bytes = await compute.run { LiveFile.encoded(live, segment: id, generation: generation) }
                try await writeWhole(FileName.live(id, generation), bytes)
                file.liveGeneration = generation
                file.deletedOnDrive = live.deleted
                written[id] = file
            }
            manifest.entries.append(
                Manifest.Entry(
                    segment: file.segment.id, fileBytes: file.bytes, liveGeneration: file.liveGeneration,
                    deleted: UInt32(file.live.deleted)))
        }
        let bytes = manifest.encoded()
        let name = FileName.manifest(generation)
        do {
            // The names of the new files become durable before a manifest does that counts on them.
            try await writeWhole(name + ".new", bytes)
            try await drive.syncFolder(folder)
            try await drive.rename(path(name + ".new"), to: path(name))
            try await drive.syncFolder(folder)
            guard try await drive.readFile(path(name)) == bytes else {
                throw IndexError.damaged("\(path(name)): not what was written")
            }
        } catch let error as DriveError {
            throw .drive(error)
        } catch let error as IndexError {
            throw error
        } catch {
            throw .closed
        }
        let (changed, durable) = (written, manifest)
        state.withLock { state in
            for index in state.files.indices {
                guard let file = changed[state.files[index].segment.id] else { continue }
                state.files[index].liveGeneration = file.liveGeneration
                state.files[index].deletedOnDrive = file.deletedOnDrive
            }
            state.committed = max(state.committed, committed)
            state.previousManifest = state.manifest
            state.manifest = durable
        }
        try await removeLeftovers()
    }

    private func writeWhole(_ name: String, _ bytes: [UInt8]) async throws(IndexError) {
        do {
            let file = try await drive.open(path(name), OpenOptions(writable: true, creation: .ifMissing))
            try await file.truncate(to: 0)
            try await file.write([IOSlice(copying: bytes)], at: 0)
            try await file.sync()
        } catch { throw .drive(error) }
    }

    /// Removes files that neither of the two newest manifests needs.
    func removeLeftovers() async throws(IndexError) {
        let needed = state.withLock { state in
            (state.manifest?.files ?? []).union(state.previousManifest?.files ?? [])
                .union(state.inProgress.map(FileName.segment))
                .union(state.files.map { FileName.segment($0.segment.id) })
        }
        do {
            for name in try await drive.list(folder) where !needed.contains(name) {
                try await drive.remove(path(name))
            }
        } catch { throw .drive(error) }
    }

    // MARK: Unresolved keys

    /// Finds the older documents of keys whose place could not be told without the drive.
    func resolve() async throws(IndexError) {
        let (unresolved, segments) = state.withLock { state in
            (Array(state.unresolved.values), state.files.map(\.segment))
        }
        var found: [(key: [UInt8], segment: UInt64, document: UInt32?)] = []
        for entry in unresolved {
            for segment in segments where entry.segments.contains(segment.id) {
                let (document, isFound) = try await segment.lowerBound(of: entry.key)
                found.append((entry.key, segment.id, isFound ? document : nil))
            }
        }
        settle(found)
    }

    /// Kills what was found. An answer about a file that is gone meanwhile is left to be asked again.
    func settle(_ found: [(key: [UInt8], segment: UInt64, document: UInt32?)]) {
        guard !found.isEmpty else { return }
        state.withLock { state in
            for answer in found {
                guard state.unresolved[answer.key]?.segments.contains(answer.segment) == true,
                    let index = state.files.firstIndex(where: { $0.segment.id == answer.segment })
                else { continue }
                if let document = answer.document {
                    let segment = state.files[index].segment
                    state.files[index].live.kill(document, in: segment)
                }
                state.unresolved[answer.key]?.segments.remove(answer.segment)
                if state.unresolved[answer.key]?.segments.isEmpty == true { state.unresolved[answer.key] = nil }
            }
        }
    }
}

extension MergeInput {
    func loadColumn(_ index: Int, _ name: MetadataName?) async throws(IndexError) -> ColumnReader? {
        guard let place = segment.columnPlace(index, name) else { return nil }
        return ColumnReader(try await load(.columns, place), count: segment.documentCount)
    }
}
