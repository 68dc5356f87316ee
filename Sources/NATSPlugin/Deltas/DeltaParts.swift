import JSON

/// Cuts a piece of an answer into such as the server takes.
enum DeltaParts {
    /// The parts in order; joined they are the text. No part, written as JSON without its quotes, takes more than `bytes`,
    /// except one that is a single scalar.
    ///
    /// Characters stay whole where they fit.
    static func parts(_ text: String, bytes: Int) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        while start < text.endIndex {
            let end = end(of: text[start...], bytes)
            parts.append(text[start..<end])
            start = end
        }
        return parts
    }

    private static func end(of text: Substring, _ bytes: Int) -> String.Index {
        let end = end(of: text, bytes) { text.index(after: $0) }
        if end > text.startIndex { return end }
        // A character larger than a message is cut between its scalars, and one of these is always taken.
        let first = text.unicodeScalars.index(after: text.startIndex)
        return max(first, self.end(of: text, bytes) { text.unicodeScalars.index(after: $0) })
    }

    /// Returns how far the bytes reach, in steps from one index to the next.
    private static func end(
        of text: Substring, _ bytes: Int, _ next: (String.Index) -> String.Index
    ) -> String.Index {
        var (end, left) = (text.startIndex, bytes)
        while end < text.endIndex {
            let next = next(end)
            left -= JSONWriter.size(of: text[end..<next])
            if left < 0 { break }
            end = next
        }
        return end
    }
}
