/// What somebody types and pastes, byte by byte as the terminal sends it: a pure state machine.
///
/// A terminal puts what is pasted between `ESC[200~` and `ESC[201~` (xterm, "Bracketed Paste Mode"). One that does not,
/// sends several lines at once, faster than anybody types.
struct TypedInput {
    /// What comes next.
    enum Event: Equatable {
        /// A character of what is typed: a letter, or a part of what a key sends.
        case character(Unicode.Scalar)
        /// A block that is to be part of the line, line breaks and all; and how many of its bytes were left out.
        case block(String, omitted: Int = 0)
        /// The tabulator key.
        case tabulator
    }

    /// The most of a block that is taken, in bytes; the rest is left out.
    static let maxBlockBytes = 64 << 10
    private static let (begin, end) = (Array("\u{1B}[200~".utf8), Array("\u{1B}[201~".utf8))
    private static let (escape, tab) = (UInt8(0x1B), UInt8(0x09))

    private var bytes: ArraySlice<UInt8> = []
    /// The block that is being pasted.
    private var block: [UInt8]?
    /// Bytes of it that are left out.
    private var omitted = 0

    init() {}

    /// Takes what one reading of the terminal gave.
    mutating func add(_ chunk: [UInt8]) {
        if block == nil, bytes.isEmpty, let lines = Self.lines(chunk) {
            bytes = (Self.begin + lines.block + Self.end + lines.rest)[...]
        } else {
            bytes += chunk
        }
    }

    /// The next event; nil where more has to be read first.
    mutating func next() -> Event? {
        while true {
            if block != nil { return takeBlock() }
            guard let first = bytes.first else { return nil }
            if first == Self.escape {
                if bytes.starts(with: Self.begin) {
                    bytes = bytes.dropFirst(Self.begin.count)
                    (block, omitted) = ([], 0)
                    continue
                }
                // The rest of the mark is on its way; of an arrow key, nothing is.
                if bytes.count > 2, bytes.count < Self.begin.count, Self.begin.starts(with: bytes) { return nil }
            }
            return takeCharacter(first)
        }
    }

    private mutating func takeCharacter(_ first: UInt8) -> Event? {
        if first == Self.tab {
            bytes = bytes.dropFirst()
            return .tabulator
        }
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard bytes.count >= length else { return nil }
        let text = String(validating: bytes.prefix(length), as: UTF8.self)
        guard let scalar = text?.unicodeScalars.first else {
            // No UTF-8: one byte of it is left out.
            bytes = bytes.dropFirst()
            return .character("\u{FFFD}")
        }
        bytes = bytes.dropFirst(length)
        return .character(scalar)
    }

    private mutating func takeBlock() -> Event? {
        var taken = block ?? []
        while let byte = bytes.first {
            if byte == Self.escape {
                if bytes.starts(with: Self.end) {
                    bytes = bytes.dropFirst(Self.end.count)
                    block = nil
                    return .block(Self.text(taken), omitted: omitted)
                }
                if bytes.count < Self.end.count, Self.end.starts(with: bytes) { break }
            }
            bytes = bytes.dropFirst()
            if taken.count < Self.maxBlockBytes { taken.append(byte) } else { omitted += 1 }
        }
        block = taken
        return nil
    }

    /// Several lines that came at once: the block that they are, and the line feed that sends it, if there is one. Nil where
    /// it is one line, keys, or lines that begin with a command.
    private static func lines(_ chunk: [UInt8]) -> (block: [UInt8], rest: [UInt8])? {
        let isBreak = { (byte: UInt8) in byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
        guard let last = chunk.last, let first = chunk.first, ![UInt8(ascii: "/"), UInt8(ascii: "!")].contains(first),
            !chunk.contains(where: { $0 < 0x20 && !isBreak($0) && $0 != tab || $0 == 0x7F })
        else { return nil }
        let end = isBreak(last) ? chunk.lastIndex { !isBreak($0) }.map { $0 + 1 } ?? 0 : chunk.count
        guard chunk[..<end].contains(where: isBreak) else { return nil }
        return (Array(chunk[..<end]), isBreak(last) ? [UInt8(ascii: "\n")] : [])
    }

    /// The text with line feeds for all line breaks, and without control characters.
    private static func text(_ bytes: [UInt8]) -> String {
        var scalars = String.UnicodeScalarView()
        var wasReturn = false
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            defer { wasReturn = scalar == "\r" }
            if scalar == "\r" || (scalar == "\n" && !wasReturn) {
                scalars.append("\n")
            } else if scalar == "\t" {
                scalars.append(contentsOf: "    ".unicodeScalars)
            } else if scalar.properties.generalCategory != .control {
                scalars.append(scalar)
            }
        }
        while scalars.last == "\n" { scalars.removeLast() }
        return String(scalars)
    }
}
