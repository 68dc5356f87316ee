extension String {
    /// The same as a model is shown it: what ends a line is a line feed, and other control characters are left out, but for
    /// tabs. For most texts that is the text itself.
    package var promptText: String {
        guard mayHaveControls, unicodeScalars.contains(where: { $0.promptMeaning != .text }) else { return self }
        var scalars = UnicodeScalarView()
        var follows = false
        for scalar in unicodeScalars {
            // A carriage return and a line feed are one end of a line.
            let isPair = follows && scalar == "\n"
            follows = scalar == "\r"
            switch scalar.promptMeaning {
            case .text: if !isPair { scalars.append(scalar) }
            case .lineBreak: scalars.append("\n")
            case .control: break
            }
        }
        return String(scalars)
    }

    /// Whether there is a byte that a control character has. Looks at all of them: without a way out the compiler takes 16
    /// at a time.
    private var mayHaveControls: Bool {
        let utf8 = utf8Span.span
        var found: UInt8 = 0
        for index in 0..<utf8.count {
            let byte = utf8[index]
            found |= (byte < 0x20 ? 1 : 0) & (byte == 0x09 ? 0 : 1) & (byte == 0x0A ? 0 : 1)
            // U+0080 to U+009F begin with C2; U+2028 and U+2029 with E2.
            found |= (byte == 0x7F ? 1 : 0) | (byte == 0xC2 ? 1 : 0) | (byte == 0xE2 ? 1 : 0)
        }
        return found != 0
    }

    /// What the further lines of what somebody says begin with, where it stands behind the name.
    package static let lineMark = "| "

    /// The same with ``lineMark`` before each line but the first, and but those that are empty.
    package var markingLines: String {
        guard utf8.contains(UInt8(ascii: "\n")) else { return self }
        var text = ""
        // By scalars: a character may have a line feed in it.
        let lines = unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            if index > 0 { text += line.isEmpty ? "\n" : "\n" + Self.lineMark }
            text += Substring(line)
        }
        return text
    }

    /// A person's name as a model is told it, before what the person says; nil where nothing of it can be seen.
    ///
    /// Nobody's name is to look like another's, nor like a name and what its bearer said: it is one line of at most 64
    /// scalars, without colons, and what cannot be seen in it is seen. Where that is not the name as it was, it ends in a
    /// mark, so that two people stay two: `bob` and `bob~1f0e9c2a`.
    package var speakerName: String? {
        if isPlainName { return self }
        guard let name = visibleName else { return nil }
        return name.unicodeScalars.elementsEqual(unicodeScalars) ? name : name.marked(as: self)
    }

    /// The name of somebody who comes from outside, as a model is told it; what looks marked there is no mark of ours.
    package var callerName: String {
        if !hasMark, let name = speakerName { return name }
        return (visibleName ?? "somebody").marked(as: self)
    }

    /// The same with a mark at its end that tells one name from another.
    private func marked(as name: String) -> String {
        let start = unicodeScalars.prefix(Self.nameLength - Self.markLength)
        return "\(String(start))~\(SHA256.hexadecimal(name.utf8).prefix(Self.markLength - 1))"
    }

    private var hasMark: Bool {
        let end = utf8.suffix(Self.markLength)
        return end.first == UInt8(ascii: "~") && end.count == Self.markLength
            && end.dropFirst().allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    private static let (nameLength, markLength) = (64, 9)

    private var visibleName: String? {
        var scalars = UnicodeScalarView()
        var isVisible = false
        for scalar in unicodeScalars where scalars.count < Self.nameLength {
            if scalar.properties.isWhitespace || scalar == "\u{200C}" {
                if scalars.last != " " { scalars.append(" ") }
            } else if scalar == "\u{FE0F}", scalars.last?.isPictogram == true {
                scalars.append(scalar)
            } else if scalar.isUnseen || scalar.properties.isDefaultIgnorableCodePoint || Self.colons.contains(scalar) {
                scalars.append("_")
            } else {
                isVisible = true
                scalars.append(scalar)
            }
        }
        let name = String(scalars).trimmed
        guard isVisible else { return nil }
        return Self.reserved.contains(name.lowercased()) ? name + "_" : name
    }

    /// Whether it is a name as it stands: a short word of ASCII.
    private var isPlainName: Bool {
        (1...64).contains(utf8.count) && utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") }
            && (utf8.count > 9 || !Self.reserved.contains(lowercased()))
    }

    /// The words that prompts have for who is no person of the room.
    private static let reserved: Set<String> = ["you", "system", "assistant"]
    /// Those that a reader takes for colons.
    private static let colons: Set<Unicode.Scalar> = [
        ":", "\u{FF1A}", "\u{FE55}", "\u{FE13}", "\u{2236}", "\u{A789}", "\u{02F8}", "\u{02D0}", "\u{05C3}", "\u{0589}",
        "\u{205A}", "\u{FE30}", "\u{A4FD}", "\u{0703}", "\u{0704}", "\u{1365}", "\u{1366}", "\u{0903}",
    ]
}

extension Unicode.Scalar {
    fileprivate enum PromptMeaning { case text, lineBreak, control }

    /// What it is in a text that a model is shown.
    fileprivate var promptMeaning: PromptMeaning {
        switch value {
        case 0x09, 0x0A: .text
        case 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029: .lineBreak
        case ..<0x20, 0x7F..<0xA0: .control
        default: .text
        }
    }

    /// Whether it is one of those that a selector after it shows as a picture.
    fileprivate var isPictogram: Bool { value > 0xFF && properties.isEmoji }
}
