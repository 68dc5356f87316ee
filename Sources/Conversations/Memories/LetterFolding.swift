/// Makes letters comparable: small, and without accents.
enum LetterFolding {
    /// The plain letters of Latin and Greek by what Unicode's names make of them: `LATIN SMALL LETTER E WITH ACUTE` is a
    /// `LATIN SMALL LETTER E`, with something. Put together once, when a letter beyond ASCII is first met.
    private static let plain: [Unicode.Scalar: Unicode.Scalar] = {
        var letters: [String: Unicode.Scalar] = [:]
        var accented: [(Unicode.Scalar, base: String)] = []
        for block in [0x61...0x7A, 0xDF...0x17F, 0x370...0x3FF, 0x1E00...0x1EFF] as [ClosedRange<UInt32>] {
            for scalar in block.compactMap(Unicode.Scalar.init) where scalar.properties.isLowercase {
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

    /// Adds a letter to a word in UTF-8.
    static func append(_ letter: Unicode.Scalar, to word: inout [UInt8]) {
        if letter.isASCII {
            let isCapital = 0x41...0x5A ~= letter.value
            return word.append(UInt8(letter.value) | (isCapital ? 0x20 : 0))
        }
        for scalar in letter.properties.lowercaseMapping.unicodeScalars where !isAccent(scalar) {
            switch scalar {
            case "ß": word += "ss".utf8
            case "æ": word += "ae".utf8
            case "œ": word += "oe".utf8
            case "ё": word += "е".utf8
            case "ς": word += "σ".utf8
            default: word += Character(plain[scalar] ?? scalar).utf8
            }
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
