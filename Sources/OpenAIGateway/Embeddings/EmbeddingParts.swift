/// How many texts go to the service at once: as many as their vectors fit into one message, which the first few show.
struct EmbeddingParts: Sendable {
    /// So many vectors fit, even long ones.
    private static let first = 8
    /// Texts of so many bytes together are taken by a service with the usual bounds.
    private static let maxBytes = 128 << 10
    private let maxPayload: Int
    private let maxInputs: Int
    private var count: Int

    /// - Parameters:
    ///   - maxPayload: the largest message of the bus, in bytes.
    ///   - maxInputs: the most texts that the service takes at once.
    init(maxPayload: Int, maxInputs: Int) {
        (self.maxPayload, self.maxInputs) = (maxPayload, max(1, maxInputs))
        count = min(Self.first, self.maxInputs)
    }

    /// The next of the texts; one at least.
    func next(of texts: ArraySlice<String>) -> ArraySlice<String> {
        var bytes = 0
        var end = texts.startIndex
        while end < texts.endIndex, end - texts.startIndex < count {
            bytes += texts[end].utf8.count
            if bytes > Self.maxBytes, end > texts.startIndex { break }
            end += 1
        }
        return texts[..<end]
    }

    /// An answer of so many bytes was for so many texts.
    mutating func came(bytes: Int, for texts: Int) {
        // Numbers are of different lengths: half of what there is is left free.
        let room = maxPayload / 2 / max(1, bytes / max(1, texts))
        count = min(max(min(Self.first, maxInputs), room), maxInputs)
    }
}
