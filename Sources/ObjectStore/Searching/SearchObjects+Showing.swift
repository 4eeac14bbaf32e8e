import Core
import Metadata
import S3
import SearchIndex

/// From hits and counts of the index to what a client sees.
extension SearchObjects {
    /// A hit is shown as its row is now: an object that was deleted meanwhile is left out.
    func show(
        _ hits: ArraySlice<IndexHit>, _ plan: SearchPlan, _ request: SearchRequest, _ scope: SearchScope,
        _ result: inout SearchResult
    ) async throws(S3Error) {
        var highlighter = request.highlights ? Highlighter(plan.query, schema: scope.schema) : nil
        for hit in hits {
            guard let name = scope.names[hit.position.bucket] else { continue }
            let stored: StoredObject?
            do throws(MetadataError) {
                stored = try await context.metadata.object(hit.position.bucket, hit.position.key, withBody: false)
            } catch {
                throw S3Error(error)
            }
            guard let stored, let key = try? ObjectKey(hit.position.key) else { continue }
            let document = IndexDocument(bucket: hit.position.bucket, key: hit.position.key, stored.record)
            var shown = SearchResult.Hit(
                bucket: name, key: key, version: document.version, size: document.sizeBytes,
                modified: stored.record.summary.lastModified, contentType: document.contentType,
                tag: stored.record.summary.entityTag, owner: document.owner, storageClass: document.storageClass,
                metadata: document.userMetadata.map { S3Error.Detail($0.name, $0.value) },
                tags: document.tags.map { S3Error.Detail($0.name, $0.value) }, score: hit.score)
            if highlighter != nil { shown.highlights = Self.highlights(document, &highlighter) }
            result.hits.append(shown)
        }
    }

    private static func highlights(
        _ document: IndexDocument, _ highlighter: inout Highlighter?
    ) -> [SearchResult.Highlight] {
        var list: [SearchResult.Highlight] = []
        func add(_ name: String, _ fragments: [String]) {
            for fragment in fragments { list.append(SearchResult.Highlight(field: name, fragment: fragment)) }
        }
        add("key", highlighter?.key(document.key).map { [$0.html(of: document.key)] } ?? [])
        let fields =
            document.userMetadata.map { (MetadataName(.userMetadata, $0.name), $0.value) }
            + document.tags.map { (MetadataName(.tag, $0.name), $0.value) }
        for (name, value) in fields {
            let value = Array(value.utf8)
            add(name.text, highlighter?.value(value, of: name).map { $0.html(of: value) } ?? [])
        }
        return list
    }

    static func shown(
        _ reply: FacetReply, _ request: FacetRequest, _ text: String, _ scope: SearchScope
    ) -> SearchResult.Facet {
        var values: [SearchResult.Facet.Value] = []
        switch (reply, request) {
        case (.terms(let list), _):
            for value in list {
                switch value.term {
                case .bucket(let bucket):
                    if let name = scope.names[bucket] {
                        values.append(SearchResult.Facet.Value(value: name, count: value.count))
                    }
                case .bytes(let bytes):
                    values.append(
                        SearchResult.Facet.Value(value: String(decoding: bytes, as: UTF8.self), count: value.count))
                }
            }
        case (.ranges(let counts), _):
            let names = text.drop { $0 != "[" }.dropFirst().dropLast().split(separator: ",").map(String.init)
            for (name, count) in zip(names, counts) {
                values.append(SearchResult.Facet.Value(value: name, count: count))
            }
        case (.dateHistogram(let list), _):
            for interval in list {
                let time = WallTime(milliseconds: UInt64(max(0, interval.startMilliseconds)))
                values.append(SearchResult.Facet.Value(value: Timestamp.iso8601(time), count: interval.count))
            }
        }
        return SearchResult.Facet(name: text, values: values)
    }
}
