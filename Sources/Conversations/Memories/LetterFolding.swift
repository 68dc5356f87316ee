/// Makes letters comparable: small, and without accents.
enum LetterFolding {
    /// The plain letters of Latin, Greek and Cyrillic by what Unicode's names make of them: `LATIN SMALL LETTER E WITH ACUTE`
    /// is a `LATIN SMALL LETTER E`, with something. Put together once, when a letter beyond ASCII is first met.
    private static let plain: [Unicode.Scalar: Unicode.Scalar] = {
        var letters: [String: Unicode.Scalar] = [:]
        var accented: [(Unicode.Scalar, base: String)] = []
        for block in [0x41...0x7A, 0xC0...0x24F, 0x370...0x52F, 0x1E00...0x1FFF] as [ClosedRange<UInt32>] {
            for scalar in block.compactMap(Unicode.Scalar.init) {
                guard let name = scalar.properties.name else { continue }
                if let with = name.firstRange(of: " WITH ") {
                    accented.append((scalar, String(name[..<with.lowerBound])))
                } else {
                    letters[name] = scalar
                }
            }
        }
        return Dictionary(
            uniqueKeysWithValues: accented.compactMap { scalar, base in letters[base].map { (scalar, $0) } })
    }()

    /// Adds a letter to a word.
    static func append(_ scalar: Unicode.Scalar, to word: inout String) {
        if scalar.isASCII {
            let isCapital = 0x41...0x5A ~= scalar.value
            word.unicodeScalars.append(isCapital ? Unicode.Scalar(UInt8(scalar.value) + 0x20) : scalar)
            return
        }
        switch scalar {
        case "ß", "ẞ": word += "ss"
        case "æ", "Æ": word += "ae"
        case "œ", "Œ": word += "oe"
        case "ё", "Ё": word += "е"
        case "ς": word += "σ"
        default: word += (plain[scalar] ?? scalar).properties.lowercaseMapping
        }
    }

    /// Whether a mark is left out: an accent by itself, a vowel of Arabic or Hebrew. Those of other scripts make the word.
    static func isAccent(_ mark: Unicode.Scalar) -> Bool {
        switch mark.value {
        case 0x300...0x36F, 0x591...0x5C7, 0x610...0x61A, 0x64B...0x65F, 0x670, 0xFE00...0xFE0F: true
        default: false
        }
    }
}
