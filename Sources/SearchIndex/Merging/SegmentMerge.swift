import Core

/// Makes one segment of several, without what was deleted: keys first, which give each document its new number, then
/// columns, then the terms. Steps end where bytes must be loaded or enough was written.
// Safe: @unchecked because it is handed from one step to the next, never used by two.
final class SegmentMerge: @unchecked Sendable {
    enum Progress: Equatable {
        /// The input of this number needs its next keys or terms.
        case needsLoad(Int)
        /// As much as the step was to write; go on.
        case more
        case done
    }

    let inputs: [MergeInput]
    let writer: SegmentWriter
    private var queue: MergeQueue
    private var list = PostingList()
    private var lengths = PostingList()
    private var sorted = PostingList()
    private var order = PairSorter()
    private var group: [Int] = []
    private var term = ByteSink(reserving: 4096)
    /// Inputs that have moved on but not been put back into the queue.
    private var waiting: [Int] = []

    init(_ views: [SegmentView]) {
        inputs = views.map { MergeInput($0) }
        writer = SegmentWriter(documentCount: inputs.reduce(0) { $0 + $1.liveCount })
        queue = MergeQueue(inputs.count)
        waiting = Array(inputs.indices)
    }

    // MARK: Keys

    func mergeKeys() -> Progress {
        while let input = waiting.last {
            switch inputs[input].nextKey() {
            case .needsLoad: return .needsLoad(input)
            case .found: queue.push(input, inputs[input].key)
            case .end: break
            }
            waiting.removeLast()
        }
        while let input = queue.top {
            let source = inputs[input]
            let document = writer.keys.count
            writer.addKey(source.key)
            source.map[source.currentDocument] = UInt32(document)
            for plane in 0..<3 {
                writer.plane(plane)[document] = source.segment.lengthPlane(plane)[source.currentDocument]
            }
            switch source.nextKey() {
            case .found: queue.replaceTop(source.key)
            case .end: queue.pop()
            case .needsLoad:
                queue.pop()
                waiting = [input]
                return .needsLoad(input)
            }
            if writer.keys.keys.count > 4 << 20 { return .more }
        }
        writer.addTotals()
        waiting = Array(inputs.indices)
        return .done
    }

    // MARK: Columns

    /// The columns of any input: size, modified, then by name.
    var columnNames: [MetadataName?] {
        var names: [MetadataName?] = [nil, nil]
        var seen: Set<MetadataName> = []
        for input in inputs {
            for case let name? in input.segment.outline.columns.map(\.name) where seen.insert(name).inserted {
                names.append(name)
            }
        }
        return names
    }

    func mergeColumn(_ name: MetadataName?, _ readers: [ColumnReader?]) {
        let count = writer.documentCount
        let values = UnsafeMutablePointer<Int64>.allocate(capacity: max(count, 1))
        let present = UnsafeMutablePointer<Bool>.allocate(capacity: max(count, 1))
        defer {
            values.deallocate()
            present.deallocate()
        }
        values.initialize(repeating: 0, count: count)
        present.initialize(repeating: false, count: count)
        for (input, reader) in zip(inputs, readers) {
            guard let reader else { continue }
            for index in 0..<(reader.count + ColumnFormat.chunk - 1) / ColumnFormat.chunk {
                let chunk = reader.chunk(index)
                let first = index * ColumnFormat.chunk
                for place in 0..<min(ColumnFormat.chunk, reader.count - first) where chunk.isPresent(place) {
                    let document = input.map[first + place]
                    guard document != MergeInput.gone else { continue }
                    values[Int(document)] = chunk.value(place)
                    present[Int(document)] = true
                }
            }
        }
        writer.addColumn(name, values, present: name == nil ? nil : present)
    }

    // MARK: Terms

    /// - Parameter limit: bytes of output after which a step ends.
    func mergeTerms(limit: Int = .max) -> Progress {
        while true {
            while let input = waiting.last {
                switch inputs[input].nextTerm() {
                case .needsLoad: return .needsLoad(input)
                case .found: queue.push(input, inputs[input].term)
                case .end: break
                }
                waiting.removeLast()
            }
            guard let first = queue.top else { return .done }
            if writer.terms.postings.count + writer.terms.positions.count + writer.terms.terms.count > limit {
                return .more
            }
            if queue.isTopUnique {
                switch copyTerm(of: inputs[first]) {
                case .found: queue.replaceTop(inputs[first].term)
                case .end: queue.pop()
                case .needsLoad:
                    queue.pop()
                    waiting = [first]
                    return .needsLoad(first)
                }
                continue
            }
            term.removeAll()
            term.append(inputs[first].term)
            let kind = inputs[first].kind
            list.removeAll()
            group.removeAll(keepingCapacity: true)
            var runs = 0
            while let input = queue.top, group.isEmpty || compareBytes(inputs[input].term, term.held) == 0 {
                let before = list.documents.count
                inputs[input].append(to: &list)
                if list.documents.count > before { runs += 1 }
                group.append(input)
                queue.pop()
            }
            waiting = group
            guard list.documents.count > 0 else { continue }
            if runs > 1 {
                order.sort(&list, kind: kind, into: &sorted)
                swap(&list, &sorted)
            }
            writer.addTerm(term.held, kind, list, lengths: lengths, term.held[0])
            if kind == .counted { swap(&list, &lengths) }
        }
    }

    /// Takes over a term that one input alone has, and goes on to that input's next.
    private func copyTerm(of input: MergeInput) -> MergeInput.Step {
        list.removeAll()
        input.append(to: &list)
        let kind = input.kind
        if list.documents.count == 1 {
            writer.terms.add(
                input.term, kind: kind, document: list.documents[0],
                frequency: kind == .plain ? 1 : list.frequencies[0], positions: list.positions.base)
        } else if list.documents.count > 1 {
            writer.addTerm(input.term, kind, list, lengths: lengths, input.term[0])
        }
        if kind == .counted, list.documents.count > 0 { swap(&list, &lengths) }
        return input.nextTerm()
    }

    /// All at once, of segments in memory.
    static func segment(id: UInt64, _ views: [SegmentView]) -> (segment: Segment, merge: SegmentMerge) {
        let merge = SegmentMerge(views)
        while true {
            switch merge.mergeKeys() {
            case .needsLoad(let input):
                merge.inputs[input].takeKeys()
                continue
            case .more: continue
            case .done: break
            }
            break
        }
        for (index, name) in merge.columnNames.enumerated() {
            merge.mergeColumn(name, merge.inputs.map { $0.segment.columnInMemory(index, name) })
        }
        while true {
            switch merge.mergeTerms() {
            case .needsLoad(let input):
                merge.inputs[input].takeTerms()
                continue
            case .more: continue
            case .done: break
            }
            break
        }
        return (merge.writer.finished(id: id), merge)
    }
}

extension Segment {
    /// - Parameter index: 0 size, 1 modified; others by name.
    func columnPlace(_ index: Int, _ name: MetadataName?) -> Range<Int>? {
        let column = index < 2 ? outline.columns[index] : outline.columns.first { $0.name == name }
        return column.map { Int($0.offset)..<Int($0.offset + $0.length) }
    }

    func columnInMemory(_ index: Int, _ name: MetadataName?) -> ColumnReader? {
        guard let place = columnPlace(index, name), let bytes = cached(.columns, place) else { return nil }
        return ColumnReader(bytes, count: documentCount)
    }
}
