import Core
import Metadata
import SearchIndex
import Synchronization

/// What lies on the drive: folders of indexes and the files that say what they have yet to read.
extension ShardIndexWorker {
    /// What log lines of this index say, with one thing more.
    func names(_ name: String, _ value: String) -> KeyValuePairs<String, String> {
        ["shard": "\(replica.shard)", "drive": replica.host.path, name: value]
    }

    /// Takes up what a run before left, or begins to build.
    func open() async {
        do throws(DriveError) {
            let places = try await self.places()
            isOpen = true
            for place in places.sorted(by: { $0.generation > $1.generation }) {
                guard serving == nil, let scans = try await savedScans(place),
                    !scans.contains(where: { $0.bucket == nil })
                else {
                    try await remove(place)
                    continue
                }
                do throws(IndexError) {
                    let index = try await SearchIndex.open(
                        drive, folder: place.path, settings: Self.settings, compute: environment.searchCompute)
                    serving = IndexLine(place: place, index: index, position: index.committed, scans: scans)
                } catch {
                    if case .drive(let error) = error { throw error }
                    environment.log.error(
                        "a search index cannot be opened and is built anew", names("error", "\(error)"))
                    try await remove(place)
                }
            }
        } catch {
            isOpen = false
            fail(error)
            return
        }
        if let serving { publish(serving) } else { await build() }
    }

    private func places() async throws(DriveError) -> [IndexPlace] {
        do throws(DriveError) {
            return try await drive.list(IndexPlace.folder).compactMap { IndexPlace(name: $0) }
                .filter { $0.store == replica.store }
        } catch .notFound {
            return []
        }
    }

    /// nil if the file cannot be read as one: what the index lacks is not known then.
    private func savedScans(_ place: IndexPlace) async throws(DriveError) -> [IndexScan]? {
        do throws(DriveError) {
            return IndexScan.decode(try await drive.readFile(place.scanPath, limit: 1 << 20))
        } catch .notFound {
            return []
        }
    }

    /// An empty index that is to read all rows, beside the one that serves.
    func build() async {
        let applied = applied
        do throws(DriveError) {
            do throws(DriveError) {
                try await drive.makeFolder(IndexPlace.folder)
                try await drive.syncFolder("")
            } catch .exists {
                // Made by an earlier one.
            }
            let last = try await places().map(\.generation).max() ?? 0
            let place = IndexPlace(store: replica.store, generation: last + 1)
            // First, so that no crash leaves an index that is taken for a whole one.
            try await drive.replaceFile(place.scanPath, with: IndexScan.encode([IndexScan(bucket: nil)]))
            do throws(IndexError) {
                let index = try await SearchIndex.open(
                    drive, folder: place.path, settings: Self.settings, compute: environment.searchCompute)
                building = IndexLine(place: place, index: index, position: applied, scans: [IndexScan(bucket: nil)])
            } catch {
                if case .drive(let error) = error { throw error }
                throw .system(0)
            }
        } catch {
            isOpen = false
            fail(error)
        }
        publishProgress()
    }

    private func fail(_ error: DriveError) {
        shared.published.withLock { published in
            if published.serving == nil { published.condition = .failed(ErrorText.of(error)) }
        }
        if error.isDriveFault {
            environment.driveFailed(replica.host, "the search index cannot be read or written: \(ErrorText.of(error))")
        } else {
            environment.log.warning("the search index cannot be built now", names("error", ErrorText.of(error)))
        }
    }

    func save(_ line: IndexLine) async {
        do throws(DriveError) {
            try await drive.replaceFile(line.place.scanPath, with: IndexScan.encode(line.scans))
        } catch {
            fail(error)
        }
    }

    /// A commit holds all that the scans have read: they are over. A line that was being built serves from now on.
    func finish() async {
        guard let (place, scans) = finishing else { return }
        finishing = nil
        if var line = building, line.place == place {
            line.scans.removeAll { scans.contains($0) }
            await saveOrRemove(line)
            var old = serving
            serving = line
            building = nil
            publish(line)
            await discard(&old)
            // A new store has nothing to tell of.
            let objects = line.index.figures.documents
            if objects > 0 { environment.log.info("search index built", names("objects", "\(objects)")) }
        } else if var line = serving, line.place == place {
            line.scans.removeAll { scans.contains($0) }
            await saveOrRemove(line)
            serving = line
        }
        publishProgress()
    }

    private func saveOrRemove(_ line: IndexLine) async {
        guard line.scans.isEmpty else { return await save(line) }
        do throws(DriveError) {
            try await drive.remove(line.place.scanPath)
            try await drive.syncFolder(IndexPlace.folder)
        } catch .notFound {
            // Nothing was to be scanned.
        } catch {
            fail(error)
        }
    }

    private func remove(_ place: IndexPlace) async throws(DriveError) {
        // The scan file goes last: what is left of the index must not be taken for a whole one.
        try await SearchIndex.remove(drive, folder: place.path)
        do throws(DriveError) {
            try await drive.remove(place.scanPath)
        } catch .notFound {
            // It was whole.
        }
    }

    func discard(_ line: inout IndexLine?) async {
        guard let place = line?.place else { return }
        line = nil
        do throws(DriveError) {
            try await drive.replaceFile(place.scanPath, with: IndexScan.encode([IndexScan(bucket: nil)]))
            try await remove(place)
        } catch {
            fail(error)
        }
    }

    // MARK: What others see

    func publish(_ line: IndexLine) {
        shared.published.withLock { published in
            published.serving = line.index
            published.condition = .ready
        }
        shared.publish(indexed: line.position)
        publishProgress()
    }

    /// Searches are refused until another one serves.
    func withdraw() {
        shared.published.withLock { published in
            published.serving = nil
            published.indexed = .zero
            published.condition = .building(0)
        }
        shared.abandonWaiters()
    }

    func publishProgress() {
        let (scanned, scanning) = (building?.scanned, serving?.scans.compactMap(\.bucket) ?? [])
        let isServing = serving != nil
        shared.published.withLock { published in
            published.rebuilt = isServing ? scanned : nil
            published.scanning = scanning
            if let scanned, !isServing { published.condition = .building(scanned) }
        }
    }
}
