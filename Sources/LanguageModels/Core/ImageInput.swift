/// A picture in a prompt.
public enum ImageInput: Sendable, Hashable {
    /// The picture itself: its media type (`image/png`), and its bytes in base64, without line breaks.
    case data(mediaType: String, base64: String)
    /// An address that the provider fetches; this service never does. Ollama takes none.
    case url(String)
}

extension ImageInput {
    /// Creates a data URL, an http(s) URL, or plain base64 whose first bytes tell a picture's type; nil for anything else.
    ///
    /// Types: PNG, JPEG, GIF, WebP, which all three providers take.
    public init?(_ text: String) {
        if text.hasPrefix("https://") || text.hasPrefix("http://") {
            guard text.utf8.count <= 8192, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
            self = .url(text)
            return
        }
        var base64 = Substring(text)
        if text.hasPrefix("data:") {
            guard let comma = text.firstIndex(of: ","), text[..<comma].hasSuffix(";base64") else { return nil }
            base64 = text[text.index(after: comma)...]
        }
        guard Self.isBase64(base64.utf8), let type = Self.mediaType(of: base64) else { return nil }
        self = .data(mediaType: type, base64: String(base64))
    }

    /// The size of the picture, in bytes; 0 where it is elsewhere.
    public var byteCount: Int {
        guard case .data(_, let base64) = self else { return 0 }
        return base64.utf8.count / 4 * 3 - base64.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
    }

    /// As the chat-completions wire wants it.
    var webAddress: String {
        switch self {
        case .data(let type, let base64): "data:\(type);base64,\(base64)"
        case .url(let url): url
        }
    }

    /// By the picture's first bytes, not by what a data URL says of it: providers refuse one that lies.
    private static func mediaType(of base64: Substring) -> String? {
        let signatures = [
            ("iVBORw0KGgo", "image/png"), ("/9j/", "image/jpeg"), ("R0lGODdh", "image/gif"), ("R0lGODlh", "image/gif"),
        ]
        if let (_, type) = signatures.first(where: { base64.hasPrefix($0.0) }) { return type }
        // "RIFF", the size, "WEBP": the first alone may be a sound.
        let bytes = base64.utf8
        return base64.hasPrefix("UklGR") && bytes.dropFirst(11).starts(with: "XRUJQ".utf8) ? "image/webp" : nil
    }

    private static func isBase64(_ text: Substring.UTF8View) -> Bool {
        guard !text.isEmpty, text.count % 4 == 0 else { return false }
        var padding = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "="): padding += 1
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                guard padding == 0 else { return false }
            default: return false
            }
        }
        return padding <= 2
    }
}
