import BusProtocol

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
        var left = bytes
        var end = text.startIndex
        while end < text.endIndex {
            let next = text.index(after: end)
            left -= text[end..<next].sizeAsJSON
            if left < 0 { break }
            end = next
        }
        return end > text.startIndex ? end : endOfScalars(text.unicodeScalars, bytes)
    }

    /// A character larger than a message is cut between its scalars.
    private static func endOfScalars(_ scalars: Substring.UnicodeScalarView, _ bytes: Int) -> String.Index {
        var left = bytes
        var end = scalars.startIndex
        while end < scalars.endIndex {
            let next = scalars.index(after: end)
            left -= Substring(scalars[end..<next]).sizeAsJSON
            if left < 0, end > scalars.startIndex { break }
            end = next
        }
        return end
    }
}
