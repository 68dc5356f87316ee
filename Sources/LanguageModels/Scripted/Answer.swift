/// What every answer of the scripted provider goes through.
enum Answer {
    /// The answer where there is no other.
    static let lastResort = "I am listening. Please go on."

    /// Without control characters, white space at its ends and slashes in front (a room would take them for a command);
    /// nil for nothing.
    static func fit(_ text: String?) -> String? {
        guard let text else { return nil }
        let isClean = text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isUnprintable || $0 == "\u{200D}" }
        let clean =
            isClean ? text : String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isUnprintable ? " " : $0 }))
        let start = clean.drop { $0.isWhitespace || $0 == "/" }
        let fit = String(start).trimmingSpaces
        return fit.isEmpty ? nil : fit
    }

    /// An answer within its bounds.
    ///
    /// - Parameters:
    ///   - maxTokens: cut before the word that would exceed it; the first word always stays.
    ///   - stop: cut before the first of these, unless nothing would be left.
    static func cut(_ text: String, to maxTokens: Int?, stop: [String]) -> (String, FinishReason) {
        var answer = text
        for word in stop where !word.isEmpty {
            guard let start = position(of: word, in: answer), let before = fit(String(answer[..<start])) else {
                continue
            }
            answer = before
        }
        guard let maxTokens, tokens(answer) > maxTokens else { return (answer, .stop) }
        let limit = max(1, min(maxTokens, answer.utf8.count)) * 4
        let words = answer.split(separator: " ")
        var kept = words.prefix(1).joined()
        for word in words.dropFirst() {
            guard kept.utf8.count + 1 + word.utf8.count <= limit else { break }
            kept += " " + word
        }
        return (kept, .length)
    }

    /// A token for every four bytes, the usual rule of thumb.
    static func tokens(_ text: String) -> Int { (text.utf8.count + 3) / 4 }

    private static func position(of word: String, in text: String) -> String.Index? {
        text.indices.first { text[$0...].hasPrefix(word) }
    }
}
