extension String {
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
}
