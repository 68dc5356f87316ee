import FoundationEssentials
import ServiceRuntime

/// What a provider sent, made fit for the log: the first 500 characters, control characters escaped, keys removed.
struct LogExcerpt {
    /// Characters kept, which is what ``ProviderError/detail`` holds.
    static let limit = 500
    private static let redacted = Array("<redacted>".utf8)

    /// The excerpt.
    let text: String

    /// - Parameters:
    ///   - bytes: a body, of any size and encoding.
    ///   - secret: a key that a provider might echo.
    init(_ bytes: some Collection<UInt8>, hiding secret: Secret? = nil) {
        let key = Array((secret?.revealed ?? "").utf8)
        var piece = Array(bytes.prefix(4 * Self.limit + key.count))
        let isCut = bytes.dropFirst(piece.count).isEmpty == false
        piece = Self.replacing(key, in: piece)
        // Where the piece ends within a key, its beginning is still there.
        if isCut, key.count > 1 { piece.removeLast(min(piece.count, key.count - 1)) }
        text = Self.escaped(Self.withoutKeys(piece))
    }

    /// Creates an excerpt of a text.
    init(_ text: String, hiding secret: Secret? = nil) { self.init(text.utf8, hiding: secret) }

    private static func replacing(_ key: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        guard !key.isEmpty, bytes.count >= key.count else { return bytes }
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: key) {
                result += redacted
                index += key.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    /// Removes whatever else looks like a key: `sk-…`, in whole or masked in the middle, as error messages quote them.
    private static func withoutKeys(_ bytes: [UInt8]) -> [UInt8] {
        let mark = Array("sk-".utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let isWordStart = index == 0 || !isKeyByte(bytes[index - 1])
            if isWordStart, bytes[index...].starts(with: mark) {
                let end = bytes[index...].firstIndex { !isKeyByte($0) } ?? bytes.endIndex
                result += redacted
                index = end
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "*"):
            true
        default: false
        }
    }

    private static func escaped(_ bytes: [UInt8]) -> String {
        var result = ""
        var count = 0
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            let shown = scalar.isUnprintable ? scalar.escaped(asASCII: true) : String(scalar)
            count += shown.unicodeScalars.count
            guard count <= limit else { break }
            result += shown
        }
        return result
    }
}
