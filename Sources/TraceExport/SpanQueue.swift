import Observability

/// Spans that wait to be sent. Bounded: what comes when it is full is lost, and counted.
struct SpanQueue: Sendable {
    private let size: Int
    private let batchSize: Int
    private var spans: [SpanRecord] = []
    /// Lost since ``takeLost()``.
    private var lost = 0

    init(size: Int, batchSize: Int) { (self.size, self.batchSize) = (size, batchSize) }

    /// Whether there is as much as one request takes.
    var isDue: Bool { spans.count >= batchSize }

    var isEmpty: Bool { spans.isEmpty }

    /// Adds one. Returns whether there is now enough for a request, and was not before.
    mutating func add(_ span: SpanRecord) -> Bool {
        guard spans.count < size else {
            lost += 1
            return false
        }
        spans.append(span)
        return spans.count == batchSize
    }

    /// The next to be sent, the oldest ones.
    mutating func next() -> [SpanRecord] {
        let batch = Array(spans.prefix(batchSize))
        spans.removeFirst(batch.count)
        return batch
    }

    /// Those that were taken could not be sent.
    mutating func lose(_ count: Int) { lost += count }

    /// How many were lost since this was last asked.
    mutating func takeLost() -> Int {
        defer { lost = 0 }
        return lost
    }
}
