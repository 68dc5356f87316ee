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
