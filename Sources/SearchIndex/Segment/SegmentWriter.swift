import Core

/// Gathers the sections of a new segment: from documents (`SegmentBuilder`) or from segments (`SegmentMerge`).
// Safe: @unchecked because it is handed from one step to the next, never used by two.
final class SegmentWriter: @unchecked Sendable {
    var outline = SegmentOutline()
    // Safe: the writers' memory is the object's own; one user at a time, so that no access needs to be watched.
    private let keyWriter: UnsafeMutablePointer<KeyWriter>
    private let termWriter: UnsafeMutablePointer<TermWriter>
    var columns = ByteSink()
    let lengths: Allocation
    let documentCount: Int

    init(documentCount: Int) {
        self.documentCount = documentCount
        keyWriter = .allocate(capacity: 1)
        keyWriter.initialize(to: KeyWriter())
        termWriter = .allocate(capacity: 1)
        termWriter.initialize(to: TermWriter(documentCount: documentCount))
        lengths = Allocation(count: documentCount * 3)
        lengths.base.initializeMemory(as: UInt8.self, repeating: 0, count: documentCount * 3)
        outline.documentCount = UInt32(documentCount)
    }

    deinit {
        keyWriter.deinitialize(count: 1)
        keyWriter.deallocate()
        termWriter.deinitialize(count: 1)
        termWriter.deallocate()
    }

    var keys: KeyWriter {
        _read { yield keyWriter.pointee }
        _modify { yield &keyWriter.pointee }
    }

    var terms: TermWriter {
        _read { yield termWriter.pointee }
        _modify { yield &termWriter.pointee }
    }

    func plane(_ plane: Int) -> UnsafeMutablePointer<UInt8> {
        (lengths.base + plane * documentCount).assumingMemoryBound(to: UInt8.self)
    }

    /// The next document; its bucket and key in one.
    func addKey(_ key: UnsafeRawBufferPointer) {
        let bucket = BucketID(UInt64(bigEndian: key.loadUnaligned(as: UInt64.self)))
        if outline.buckets.last?.bucket != bucket {
            outline.buckets.append(SegmentOutline.Bucket(bucket: bucket, first: UInt32(keys.count)))
        }
        keys.add(key)
    }

    func addColumn(_ name: MetadataName?, _ values: UnsafePointer<Int64>, present: UnsafePointer<Bool>?) {
        let start = columns.end
        ColumnFormat.write(values, present: present, count: documentCount, to: &columns)
        outline.columns.append(
            SegmentOutline.Column(name: name, offset: UInt64(start), length: UInt64(columns.end - start)))
    }

    /// After keys and lengths are complete: the totals of each bucket.
    func addTotals() {
        for index in outline.buckets.indices {
            var totals = LengthTotals()
            for plane in 0..<3 {
                let bytes = self.plane(plane)
                var (documents, words) = (0, 0)
                for document in outline.documents(ofBucketAt: index) {
                    let byte = bytes[Int(document)]
                    documents += byte > 0 ? 1 : 0
                    words += WordCount.decoded(byte)
                }
                totals[plane].documents = UInt64(documents)
                totals[plane].words = UInt64(words)
            }
            outline.buckets[index].totals = totals
        }
    }

    /// The segment in memory.
    func finished(id: UInt64) -> Segment {
        let sections = [
            HeldBytes(copying: outline.encoded()), keys.index(), keys.filter(), terms.index(), HeldBytes(lengths),
            keys.keys.copied(), terms.terms.copied(), terms.postings.copied(), terms.positions.copied(),
            columns.copied(),
        ]
        return Segment(id: id, outline: outline, kept: Array(sections.prefix(5)), store: .memory(sections))
    }
}

extension HeldBytes {
    init(copying bytes: [UInt8]) {
        let allocation = Allocation(count: bytes.count)
        bytes.withUnsafeBytes {
            allocation.base.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(allocation.base), byteCount: $0.count)
        }
        self.init(allocation)
    }
}
