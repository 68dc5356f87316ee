extension String {
    /// The same without white space at its ends.
    package var trimmed: String { self[...].trimmed }

    /// The same with a space in the place of each control character, and of what else ends a line.
    package var withoutControls: String {
        String(
            UnicodeScalarView(
                unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .lineSeparator, .paragraphSeparator: " "
                    default: scalar
                    }
                }))
    }

    /// On one line: white space of any kind becomes single spaces, and what cannot be seen is left out: control characters,
    /// and those of formatting, with which text can be hidden. (Two of these join emoji and letters: they stay.)
    package var onOneLine: String {
        var scalars = String.UnicodeScalarView()
        var isSpacePending = false
        for scalar in unicodeScalars {
            if scalar.properties.isWhitespace {
                isSpacePending = true
                continue
            }
            guard Self.isVisible(scalar) else { continue }
            if isSpacePending, !scalars.isEmpty { scalars.append(" ") }
            isSpacePending = false
            scalars.append(scalar)
        }
        return String(scalars)
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .surrogate, .privateUse, .unassigned: false
        case .format: scalar == "\u{200C}" || scalar == "\u{200D}"
        default: true
        }
    }

    /// Its beginning, for an error that people read: without what cannot be seen. A character may be any number of scalars
    /// long, so the bound is on scalars.
    package var excerpt: String { String(UnicodeScalarView(unicodeScalars.prefix(64).filter { !$0.isUnseen })) }
}

extension Unicode.Scalar {
    /// Whether it shows nothing, or changes how others are shown: with such a text can look like another one.
    package var isUnseen: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

extension Substring {
    /// The same without white space at its ends.
    package var trimmed: String {
        let rest = drop(while: \.isWhitespace)
        return rest.lastIndex { !$0.isWhitespace }.map { String(rest[...$0]) } ?? ""
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// All its digits in hexadecimal, in lower case.
    package var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: Self.bitWidth / 4 - digits.utf8.count) + digits
    }
}
