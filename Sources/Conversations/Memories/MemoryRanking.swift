import Concurrency
import Glibc
public import ServiceRuntime

/// Finds the facts that match a query, the most relevant first.
///
/// One is relevant that has words in common with what is looked for, the rarer among the memories the better (BM25), or
/// that an embedding model places near it. Among the relevant ones it counts too how important each is, how lately and how
/// often it was of use.
public struct MemoryRanking: Sendable {
    /// The least similarity that is any. Models place texts that have nothing to do with each other from 0 to 0.5 apart.
    static let minSimilarity = 0.55
    /// How much of what is looked for is read.
    private static let maxWords = 64

    private let words: Set<String>
    private let vector: MemoryVector?
    private let now: Timestamp

    /// - Parameters:
    ///   - query: The words to look for.
    ///   - vector: The query's vector, if it is known.
    ///   - now: The time by which facts are more or less recent.
    public init(_ query: String, vector: MemoryVector? = nil, now: Timestamp) {
        words = Set(SearchWords.words(of: query, most: Self.maxWords))
        self.vector = vector
        self.now = now
    }

    /// Returns the most relevant facts, at most `limit`; facts that do not match are left out.
    public func best(_ limit: Int, of memories: [Memory]) -> [Memory] {
        let matches = wordMatches(memories)
        let found = memories.indices.compactMap { place -> (place: Int, score: Double)? in
            let relevance = matches[place] + nearness(of: memories[place])
            return relevance > 0 ? (place, relevance * weight(of: memories[place])) : nil
        }
        let ranked = found.sorted { left, right in
            let (a, b) = (memories[left.place], memories[right.place])
            // The same in every instance, also where two score the same.
            return (left.score, a.importance, a.touched, b.id) > (right.score, b.importance, b.touched, a.id)
        }
        return ranked.prefix(max(0, limit)).map { memories[$0.place] }
    }

    // MARK: relevance

    /// How well each memory's words match, 0 to 1.
    private func wordMatches(_ memories: [Memory]) -> [Double] {
        guard !words.isEmpty else { return memories.map { _ in 0 } }
        let texts = memories.map { SearchWords.words(of: $0.text) }
        var holders: [String: Int] = [:]
        let counts = texts.map { text in
            let counts = text.reduce(into: [String: Int]()) { if words.contains($1) { $0[$1, default: 0] += 1 } }
            for word in counts.keys { holders[word, default: 0] += 1 }
            return counts
        }
        let length = Double(max(1, texts.reduce(0) { $0 + $1.count })) / Double(max(1, texts.count))
        return texts.indices.map { index in
            let damping = 1.2 * (0.25 + 0.75 * Double(texts[index].count) / length)
            // In an order of its own: sums of the same numbers in another order may differ.
            let score = counts[index].sorted { $0.key < $1.key }.reduce(0.0) { score, entry in
                let holders = Double(holders[entry.key] ?? 0)
                let rarity = log(1 + (Double(texts.count) - holders + 0.5) / (holders + 0.5))
                return score + rarity * Double(entry.value) * 2.2 / (Double(entry.value) + damping)
            }
            return score / (score + 1)
        }
    }

    /// How near a memory lies, 0 to 1.
    private func nearness(of memory: Memory) -> Double {
        guard let vector, let similarity = memory.vector?.similarity(to: vector) else { return 0 }
        return max(0, (similarity - Self.minSimilarity) / (1 - Self.minSimilarity))
    }

    /// What else speaks for a memory: 1 to 1.8.
    private func weight(of memory: Memory) -> Double {
        let days = max(0, (now - memory.touched).seconds) / 86_400
        let uses = Double(memory.uses)
        return 1 + 0.1 * Double(memory.importance - 1) + 0.2 / (1 + days / 30) + 0.2 * uses / (uses + 5)
    }
}
