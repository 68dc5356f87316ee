/// Reads the fields of one JSON object and notes every fault with its path: `providers.ollama.timeout: expected a
/// number above 0, got "soon"`. The same for a request from the bus and for the configuration file.
///
/// A getter answers nil where the field is absent or wrong; the wrong ones are in ``faults``. An explicit null counts
/// as absent, except where a field is required, and there the fault says `got null`.
public struct FieldReader {
    /// One line a fault, in the order they were met.
    public private(set) var faults: [String] = []
    /// The path of this object with a dot at its end; empty at the root.
    public let path: String
    private let object: JSONObject
    /// In the order asked. A list, for most readers are never asked what was left over, and it costs no hashing.
    private var read: [String] = []
    private let notesReads: Bool

    /// - Parameters:
    ///   - fields: the object.
    ///   - path: where it stands, without a dot at its end; empty for the root.
    ///   - notesReads: whether ``unread`` and ``asked`` will be wanted; noting costs memory.
    public init(_ fields: [String: JSONValue], path: String = "", notesReads: Bool = true) {
        self.init(JSONObject(fields), path: path, notesReads: notesReads)
    }

    /// The same, of an object whose text is known.
    public init(_ object: JSONObject, path: String = "", notesReads: Bool = true) {
        self.object = object
        self.notesReads = notesReads
        self.path = path.isEmpty ? "" : path + "."
    }

    private var fields: [String: JSONValue] { object.fields }

    /// The names that nobody asked for.
    public var unread: [String] { Set(fields.keys).subtracting(read).sorted() }

    /// The names that somebody asked for, whether they are there or not.
    public var asked: [String] { Set(read).sorted() }

    /// Notes a fault of the field `key`.
    /// - Parameter withheld: say of what kind the value is and no more, because it may be a secret.
    public mutating func fault(_ key: String, expected: String, got value: JSONValue?, withheld: Bool = false) {
        let got = (withheld ? value?.kind : value?.brief) ?? "nothing"
        faults.append("\(path)\(key): expected \(expected), got \(got)")
    }

    /// Notes a fault of the field `key` in words of its own.
    public mutating func fault(_ key: String, _ text: String) { faults.append("\(path)\(key): \(text)") }

    /// Takes over what another reader (of a part of this object) noted.
    public mutating func adopt(_ others: [String]) { faults += others }

    /// The field as it stands; nil for absent or null.
    public mutating func value(_ key: String) -> JSONValue? {
        if notesReads { read.append(key) }
        guard let value = fields[key], value != .null else { return nil }
        return value
    }

    /// The field exactly as it stands, null included.
    public mutating func raw(_ key: String) -> JSONValue? {
        if notesReads { read.append(key) }
        return fields[key]
    }

    /// The field as it was written (anew, where the object's text is not known); nil for absent or null.
    public mutating func source(_ key: String) -> RawJSON? { value(key).map { object.source(key) ?? RawJSON($0) } }

    /// A string of at most `maxBytes` bytes.
    /// - Parameter withheld: the value may be a secret: no fault shows it.
    public mutating func string(_ key: String, maxBytes: Int = .max, withheld: Bool = false) -> String? {
        guard let value = value(key) else { return nil }
        guard case .string(let text) = value else {
            fault(key, expected: "a string", got: value, withheld: withheld)
            return nil
        }
        guard text.utf8.count <= maxBytes else {
            fault(key, "expected at most \(maxBytes) bytes, got \(text.utf8.count)")
            return nil
        }
        return text
    }

    /// A string that must be there and hold more than white space.
    public mutating func requiredString(_ key: String, maxBytes: Int = .max) -> String? {
        guard let value = raw(key), case .string(let text) = value, !text.allSatisfy(\.isWhitespace) else {
            fault(key, expected: "a non-empty string", got: fields[key])
            return nil
        }
        return string(key, maxBytes: maxBytes)
    }

    /// A truth value.
    public mutating func bool(_ key: String) -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .bool(let truth) = value else {
            fault(key, expected: "true or false", got: value)
            return nil
        }
        return truth
    }

    /// A number within `range`.
    public mutating func number(_ key: String, in range: ClosedRange<Double>, as expected: String) -> Double? {
        guard let value = value(key) else { return nil }
        let number: Double? =
            switch value {
            case .integer(let integer): Double(integer)
            case .number(let number): number
            default: nil
            }
        guard let number, range.contains(number) else {
            fault(key, expected: expected, got: value)
            return nil
        }
        return number
    }

    /// A whole number within `range`; `3.0` counts as one.
    public mutating func integer(_ key: String, in range: ClosedRange<Int>, as expected: String) -> Int? {
        guard let value = value(key) else { return nil }
        let integer: Int? =
            switch value {
            case .integer(let integer): integer
            case .number(let number): Int(exactly: number)
            default: nil
            }
        guard let integer, range.contains(integer) else {
            fault(key, expected: expected, got: value)
            return nil
        }
        return integer
    }

    /// A list of at most `limit` strings.
    public mutating func strings(_ key: String, atMost limit: Int = .max) -> [String]? {
        guard let items = array(key, of: "strings") else { return nil }
        guard items.count <= limit else {
            fault(key, "expected at most \(limit) strings, got \(items.count)")
            return nil
        }
        let strings = items.compactMap(\.string)
        guard strings.count == items.count else {
            for (index, item) in items.enumerated() where item.string == nil {
                fault("\(key)[\(index)]", expected: "a string", got: item)
            }
            return nil
        }
        return strings
    }

    /// A list.
    /// - Parameter items: what it is to hold, for the fault.
    public mutating func array(_ key: String, of items: String) -> [JSONValue]? {
        guard let value = value(key) else { return nil }
        guard case .array(let values) = value else {
            fault(key, expected: "a list of \(items)", got: value)
            return nil
        }
        return values
    }

    /// An object.
    public mutating func object(_ key: String) -> [String: JSONValue]? {
        guard let value = value(key) else { return nil }
        guard case .object(let fields) = value else {
            fault(key, expected: "an object", got: value)
            return nil
        }
        return fields
    }
}
