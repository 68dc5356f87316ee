import JSON
import ServiceRuntime

/// Reads one object of the file: notes what is wrong, what nobody knows, and puts in what the environment holds.
///
/// A getter answers nil where the key is absent, null, an empty string or wrong; the caller's default stands then. A fault
/// shows the value as it is written in the file, never what a variable of the environment holds.
struct Section {
    var reader: FieldReader
    let fields: [String: JSONValue]
    let environment: Environment
    private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - fields: the object.
    ///   - path: where it stands; empty for the root.
    ///   - environment: for `${NAME}`.
    init(_ fields: [String: JSONValue], path: String = "", environment: Environment) {
        reader = FieldReader(fields, path: path)
        self.fields = fields
        self.environment = environment
    }

    /// What is wrong so far.
    var faults: [String] { reader.faults }

    /// The keys that are there, in order.
    var names: [String] { fields.keys.sorted() }

    /// Whether the key is there and says something.
    func has(_ key: String) -> Bool { ![nil, .null, .string("")].contains(fields[key]) }

    /// Whether a string stands there.
    func isString(_ key: String) -> Bool { fields[key]?.string != nil }

    /// Whether a list without anything in it stands there.
    func isEmptyList(_ key: String) -> Bool { fields[key] == .array([]) }

    /// Whether the key is there and was not read yet.
    func isUnread(_ key: String) -> Bool { reader.unread.contains(key) }

    /// Takes a key for read.
    mutating func skip(_ key: String) { _ = reader.raw(key) }

    /// Takes every key for read: what is in here has no meaning.
    mutating func skipAll() { names.forEach { skip($0) } }

    /// Notes that something else was to stand at `key`.
    mutating func fault(_ key: String, expected: String, withheld: Bool = false) {
        reader.fault(key, expected: expected, got: fields[key], withheld: withheld)
    }

    /// Notes a fault in words of its own.
    mutating func fault(_ key: String, _ text: String) { reader.fault(key, text) }

    /// Notes an oddity, and takes the key for read.
    mutating func warn(_ key: String, _ text: String) {
        skip(key)
        warnings.append("\(reader.path)\(key): \(text)")
    }

    /// Warns of every key that was not read.
    mutating func finish() {
        for key in reader.unread {
            warn(key, "unknown key, ignored\(NearestName.hint(for: key, among: reader.asked))")
        }
    }

    /// Takes over what the reader of a part noted.
    mutating func adopt(_ part: Section) {
        reader.adopt(part.faults)
        warnings += part.warnings
    }
}
