import JSON

/// Fields that nobody here has to understand, as they come in the pieces of a streamed answer. They are put together at its
/// end, by the rules that clients of these wires share: texts and lists go on, neighbours in a list that have the same
/// `index` are one item, and what names or counts something is said anew.
struct FieldPieces {
    /// A field, and all that was said of it.
    private typealias Field = (key: String, pieces: [[UInt8]])

    /// The most fields of one object: what is beyond is left out.
    private static let maxFields = 64
    private static let saidAnew: Set<String> = ["id", "type", "index", "format"]

    private var fields: [Field] = []
    private var bytes = 0

    /// Takes what one piece of the answer says of a field.
    ///
    /// - Parameter text: a JSON text.
    mutating func add(_ key: String, _ text: ArraySlice<UInt8>) {
        bytes += text.count
        if isTooLarge { fields = [] } else { Self.add(key, Array(text), to: &fields) }
    }

    /// Takes what the next piece says of all of them.
    mutating func add(_ next: FieldPieces) {
        for field in next.fields { for text in field.pieces { add(field.key, text[...]) } }
    }

    /// The fields, in the order in which they came; none where they are too large.
    var merged: [(key: String, value: RawJSON)] { Self.merge(fields) }

    private var isTooLarge: Bool { bytes > ProviderFields.maxBytes }

    private static func add(_ key: String, _ text: [UInt8], to fields: inout [Field]) {
        if text.elementsEqual("null".utf8) { return }
        if let known = fields.firstIndex(where: { $0.key == key }) {
            fields[known].pieces.append(text)
        } else if fields.count < maxFields {
            fields.append((key, [text]))
        }
    }

    private static func merge(_ fields: [Field]) -> [(key: String, value: RawJSON)] {
        fields.compactMap { field in merge(field.pieces, of: field.key).map { (field.key, $0) } }
    }

    private static func merge(_ pieces: [[UInt8]], of key: String) -> RawJSON? {
        guard let last = pieces.last else { return nil }
        if pieces.count == 1 || saidAnew.contains(key) { return RawJSON(last) }
        let quote = UInt8(ascii: "\"")
        // Escaped, as they are: a character may be cut.
        if pieces.allSatisfy({ $0.first == quote }) {
            return RawJSON([quote] + pieces.flatMap { $0.dropFirst().dropLast() } + [quote])
        }
        let values = pieces.compactMap { RawJSON($0) }
        if values.allSatisfy(\.isObject) { return merge(objects: values) }
        return values.allSatisfy(\.isArray) ? merge(lists: values) : values.last
    }

    private static func merge(objects: [RawJSON]) -> RawJSON? {
        var fields: [Field] = []
        for object in objects { for (key, value) in object.fields { add(key, value.bytes, to: &fields) } }
        let merged = merge(fields)
        return RawJSON(JSONWriter.object { $0.fields(merged) })
    }

    private static func merge(lists: [RawJSON]) -> RawJSON? {
        var groups: [[RawJSON]] = []
        for item in lists.flatMap(\.items) {
            if let last = groups.last?.last, isContinued(last, by: item) {
                groups[groups.count - 1].append(item)
            } else {
                groups.append([item])
            }
        }
        let items = groups.compactMap { $0.count == 1 ? $0[0] : merge(objects: $0) }
        var writer = JSONWriter()
        writer.array { list in for item in items { list.value(item) } }
        return RawJSON(writer.bytes)
    }

    private static func isContinued(_ item: RawJSON, by next: RawJSON) -> Bool {
        guard let index = item["index"], index == next["index"], item["type"] == next["type"] else { return false }
        return next["id"] == nil || item["id"] == next["id"]
    }
}

extension JSONWriter {
    /// Writes fields that are JSON already.
    mutating func fields(_ fields: [(key: String, value: RawJSON)]) {
        for (key, value) in fields { field(key) { $0.value(value) } }
    }
}
