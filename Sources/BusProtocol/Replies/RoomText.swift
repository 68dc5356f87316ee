import ServiceRuntime

/// Cuts an answer for a room that takes messages of a certain length only.
///
/// Lengths are counted in UTF-16 units, as the rooms' own JavaScript counts them.
package enum RoomText {
    /// The parts in order, or nil where the text can be said as it stands: it is short enough and no command of the room.
    package static func parts(_ text: String, length: Int) -> [String]? {
        text.utf16.count <= length && !isCommand(text[...]) ? nil : lines(text, length: length)
    }

    /// The parts in order, without control characters, also where there is but one; none where nothing is to be seen.
    package static func lines(_ text: String, length: Int) -> [String] {
        var rest = text.withoutControls[...]
        var parts: [String] = []
        while true {
            rest = rest.drop(while: \.isWhitespace)
            guard !rest.isEmpty else { return parts }
            // A room runs a message that begins with a slash as a command, with the bot's rights. A zero-width space
            // before it is invisible, and no client strips it as white space.
            let guarded = isCommand(rest) ? "\u{200B}" : ""
            let part = nextPart(rest, length: max(1, length - guarded.utf16.count))
            parts.append(guarded + part.trimmed)
            rest = rest[part.endIndex...]
        }
    }

    /// Whether a room's server sees a slash first: it takes away white space (JavaScript's, with the byte order mark) and
    /// control characters, and what is combined with the slash makes no difference to it.
    private static func isCommand(_ text: Substring) -> Bool {
        text.unicodeScalars.first { scalar in
            !scalar.properties.isWhitespace && scalar != "\u{FEFF}" && scalar.properties.generalCategory != .control
        } == "/"
    }

    /// The longest beginning that fits and ends with a sentence; else with a word; else with a character.
    private static func nextPart(_ text: Substring, length: Int) -> Substring {
        var used = 0
        var end = text.startIndex
        var sentence: String.Index?
        var word: String.Index?
        while end < text.endIndex {
            let character = text[end]
            used += character.utf16.count
            let next = text.index(after: end)
            let isBorder = next == text.endIndex || text[next].isWhitespace
            if used > length {
                if character.isWhitespace { word = end }
                return text[..<cut(text, sentence, word, end, length)]
            }
            if isBorder, character.isSentenceEnd { sentence = next }
            if character.isWhitespace { word = end }
            end = next
        }
        return text
    }

    /// A sentence's end counts unless it leaves the greater part of the room's length unused.
    private static func cut(
        _ text: Substring, _ sentence: String.Index?, _ word: String.Index?, _ end: String.Index, _ length: Int
    ) -> String.Index {
        if let sentence, text[..<sentence].utf16.count * 3 >= length { return sentence }
        if let word, word > text.startIndex { return word }
        if end > text.startIndex { return end }
        // One character longer than the room's length: cut between its scalars.
        var used = 0
        var index = text.startIndex
        while index < text.endIndex {
            used += text.unicodeScalars[index].utf16.count
            if used > length, index > text.startIndex { break }
            text.unicodeScalars.formIndex(after: &index)
        }
        return index
    }
}

extension Character {
    fileprivate var isSentenceEnd: Bool { ".!?…。！？".contains(self) }
}
