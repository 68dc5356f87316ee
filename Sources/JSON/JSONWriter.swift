/// Writes JSON text, front to back, into one buffer.
///
/// The toolchain's encoder takes 25 µs for a prompt of ten messages, this takes one: encoding is on the way of every
/// message, so it is ours.
public struct JSONWriter: Sendable {
    /// The UTF-8 text so far.
    public private(set) var bytes: [UInt8]
    private var needsComma = false

    /// - Parameter capacity: bytes set aside at once.
    public init(capacity: Int = 512) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// The bytes of one JSON object whose fields `body` writes.
    public static func object(capacity: Int = 512, _ body: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(capacity: capacity)
        writer.object(body)
        return writer.bytes
    }

    // MARK: values

    /// An object; inside `body`, use the `field` methods.
    public mutating func object(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        body(&self)
        close(UInt8(ascii: "}"))
    }

    /// A list; inside `body`, write its items one after the other.
    public mutating func array(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        body(&self)
        close(UInt8(ascii: "]"))
    }

    /// A list of strings.
    public mutating func strings(_ items: [String]) {
        array { writer in for item in items { writer.string(item) } }
    }

    /// A string, escaped as RFC 8259 section 7 asks and no further.
    public mutating func string(_ text: String) {
        comma()
        quote(text)
        needsComma = true
    }

    /// A string that is escaped already.
    public mutating func string(_ text: JSONText) { string { $0.piece(text) } }

    /// A string in several pieces; inside `body`, use ``piece(_:)``.
    public mutating func string(_ body: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "\""))
        body(&self)
        close(UInt8(ascii: "\""))
    }

    /// A piece of a string.
    public mutating func piece(_ text: JSONText) { bytes.append(contentsOf: text.escaped.utf8) }

    /// A number; null for what JSON cannot say (NaN, infinities).
    public mutating func number(_ value: Double) {
        guard value.isFinite else { return null() }
        if let integer = Int(exactly: value) { return self.integer(integer) }
        raw(String(value))
    }

    /// A whole number.
    public mutating func integer(_ value: Int) { raw(String(value)) }

    /// A truth value.
    public mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

    /// Null.
    public mutating func null() { raw("null") }

    /// Any value.
    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let truth): bool(truth)
        case .integer(let integer): self.integer(integer)
        case .number(let number): self.number(number)
        case .string(let text): string(text)
        case .array(let items): array { writer in for item in items { writer.value(item) } }
        case .object(let fields):
            object { writer in
                for (key, value) in fields.sorted(by: { $0.key < $1.key }) { writer.field(key) { $0.value(value) } }
            }
        }
    }

    /// A value that is JSON already, as it stands.
    public mutating func value(_ json: RawJSON) {
        comma()
        bytes += json.bytes
        needsComma = true
    }

    // MARK: fields of an object

    /// A field whose value `body` writes.
    public mutating func field(_ key: String, _ body: (inout JSONWriter) -> Void) {
        comma()
        quote(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
        body(&self)
    }

    /// A string field.
    public mutating func field(_ key: String, _ text: String) { field(key) { $0.string(text) } }

    /// A string field that is escaped already.
    public mutating func field(_ key: String, _ text: JSONText) { field(key) { $0.string(text) } }

    /// Writes a string field; null for nil.
    public mutating func field(_ key: String, orNull text: String?) {
        field(key) { writer in
            if let text { writer.string(text) } else { writer.null() }
        }
    }

    /// A string field, if there is one.
    public mutating func field(_ key: String, ifSet text: String?) { if let text { field(key, text) } }

    /// A field of any value, if there is one.
    public mutating func field(_ key: String, ifSet value: JSONValue?) {
        if let value { field(key) { $0.value(value) } }
    }

    /// A field of any value that is JSON already, if there is one.
    public mutating func field(_ key: String, ifSet json: RawJSON?) {
        if let json { field(key) { $0.value(json) } }
    }

    /// A field that is null.
    public mutating func null(_ key: String) { field(key) { $0.null() } }

    /// A whole-number field.
    public mutating func field(_ key: String, _ value: Int) { field(key) { $0.integer(value) } }

    /// A number field.
    public mutating func field(_ key: String, _ value: Double) { field(key) { $0.number(value) } }

    /// A truth field.
    public mutating func field(_ key: String, _ value: Bool) { field(key) { $0.bool(value) } }

    /// A field with an object; inside `body`, use the `field` methods.
    public mutating func object(_ key: String, _ body: (inout JSONWriter) -> Void) { field(key) { $0.object(body) } }

    /// A field with a list of objects, one for each of `items`.
    public mutating func objects<Items: Sequence>(
        _ key: String, _ items: Items, _ body: (inout JSONWriter, Items.Element) -> Void
    ) {
        list(key, items) { writer, item in writer.object { body(&$0, item) } }
    }

    /// A field with a list of what `body` writes for each of `items`.
    public mutating func list<Items: Sequence>(
        _ key: String, _ items: Items, _ body: (inout JSONWriter, Items.Element) -> Void
    ) {
        field(key) { writer in writer.array { writer in for item in items { body(&writer, item) } } }
    }

    // MARK: bytes

    private mutating func open(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func raw(_ text: String) {
        comma()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        piece(text)
        bytes.append(UInt8(ascii: "\""))
    }

    /// A piece of a string, which is escaped here.
    public mutating func piece(_ text: String) {
        guard Self.mustEscape(text) else { return bytes.append(contentsOf: text.utf8) }
        let utf8 = text.utf8Span.span
        // At most six bytes for one.
        let marked = utf8.indices.reduce(0) { $0 + Int(Self.mark(utf8[$1])) }
        bytes.append(addingCapacity: utf8.count + 5 * marked) { output in
            for index in utf8.indices {
                let byte = utf8[index]
                if Self.mark(byte) == 0 { output.append(byte) } else { Self.escape(byte, into: &output) }
            }
        }
    }

    /// The size in bytes of a text as it is written, without the quotes.
    public static func size(of text: some StringProtocol) -> Int {
        text.utf8.reduce(0) { size, byte in
            switch byte {
            case 0x09, 0x0A, 0x0D, UInt8(ascii: "\""), UInt8(ascii: "\\"): size + 2
            case ..<0x20: size + 6
            default: size + 1
            }
        }
    }

    /// Whether a text has bytes that must be escaped.
    static func mustEscape(_ text: String) -> Bool {
        let utf8 = text.utf8Span.span
        // Looks at all of it instead of stopping at the first: without a way out the compiler takes 16 bytes at a time.
        var toEscape: UInt8 = 0
        for index in 0..<utf8.count { toEscape |= mark(utf8[index]) }
        return toEscape != 0
    }

    /// 1 for a byte that must be escaped, else 0; without a branch.
    private static func mark(_ byte: UInt8) -> UInt8 {
        (byte < 0x20 ? 1 : 0) | (byte == UInt8(ascii: "\"") ? 1 : 0) | (byte == UInt8(ascii: "\\") ? 1 : 0)
    }

    private static func escape(_ byte: UInt8, into output: inout OutputSpan<UInt8>) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        case UInt8(ascii: "\n"): output.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): output.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): output.append(UInt8(ascii: "t"))
        default:
            for digit in [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")] { output.append(digit) }
            output.append(UInt8(ascii: "0") + byte >> 4)
            let digit = byte & 15
            output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
