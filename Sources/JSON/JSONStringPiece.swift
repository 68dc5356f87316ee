/// A string of JSON that may be one of several for one text: a character that is a pair in UTF-16 can be cut in two between
/// them, half of its escape at the end of one (`"\ud83d"`) and half at the beginning of the next (`"\ude00"`).
public struct JSONStringPiece: Sendable {
    /// What is between the halves.
    var text: String
    /// The second half of a pair, at the beginning.
    var first: UInt16?
    /// The first half of a pair, at the end.
    var last: UInt16?

    /// Creates a text that is not cut.
    public init(_ text: String) { self.text = text }

    /// Whether there is nothing in it.
    public var isEmpty: Bool { text.isEmpty && first == nil && last == nil }

    /// The text by itself: half a pair alone is U+FFFD (RFC 8259 section 8.2).
    public var whole: String {
        var half: UInt16?
        let text = text(after: &half)
        return half == nil ? text : text + "\u{FFFD}"
    }

    /// The text as the next one of several.
    ///
    /// - Parameter half: the half that the pieces before ended with, nil where they did not; then that of this one.
    public func text(after half: inout UInt16?) -> String {
        if isEmpty { return "" }
        let before = half
        half = last
        switch (before, first) {
        case (nil, nil): return text
        case (let before?, let first?): return String(UTF16.decode(UTF16.EncodedScalar([before, first]))) + text
        default: return "\u{FFFD}" + text
        }
    }
}
