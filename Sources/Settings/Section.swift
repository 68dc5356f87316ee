package import JSON
import ServiceRuntime

/// Reads one object of the configuration into the settings of a part: notes what is wrong, what nobody knows, and puts in
/// what the environment holds.
///
/// A setting keeps its default where its key is absent, null, an empty string or wrong. A fault shows the value as it is
/// written in the file, never what a variable of the environment holds.
package struct Section {
    /// A setting by its path, `service.max_queue`, with its value.
    package typealias Setting = (path: String, value: JSONValue)

    var reader: FieldReader
    /// What the object says.
    package let fields: [String: JSONValue]
    /// For `${NAME}`.
    package let environment: Environment
    /// What was odd so far, one line each.
    package private(set) var warnings: [String] = []
    /// The settings read so far, with what they are now: their defaults, where the object is empty. No secrets.
    package private(set) var settings: [Setting] = []

    /// - Parameters:
    ///   - object: what is to be read.
    ///   - path: where it stands; empty for the root.
    ///   - environment: for `${NAME}`.
    package init(_ object: JSONObject, path: String = "", environment: Environment) {
        reader = FieldReader(object, path: path)
        fields = object.fields
        self.environment = environment
    }

    /// What is wrong so far, one line each.
    package var faults: [String] { reader.faults }

    /// The keys that are there, in order.
    package var names: [String] { fields.keys.sorted() }

    /// Whether the key is there and says something.
    package func has(_ key: String) -> Bool { ![nil, .null, .string("")].contains(fields[key]) }

    /// Whether a string stands there.
    package func isString(_ key: String) -> Bool { fields[key]?.string != nil }

    /// Whether the key is there and was not read yet.
    package func isUnread(_ key: String) -> Bool { reader.unread.contains(key) }

    /// Takes a key for read.
    package mutating func skip(_ key: String) { _ = reader.raw(key) }

    /// Takes every key for read: what is in here has no meaning.
    package mutating func skipAll() { names.forEach { skip($0) } }

    /// Notes a setting with its value.
    package mutating func note(_ key: String, _ value: JSONValue) { settings.append((reader.path + key, value)) }

    /// Notes that something else was to stand at `key`.
    /// - Parameters:
    ///   - value: what stands there; nil for the field itself.
    ///   - withheld: say of what kind it is and no more, because it may be a secret.
    package mutating func fault(
        _ key: String, expected: String, got value: JSONValue? = nil, withheld: Bool = false
    ) {
        reader.fault(key, expected: expected, got: value ?? fields[key], withheld: withheld)
    }

    /// Notes a fault in words of its own.
    package mutating func fault(_ key: String, _ text: String) { reader.fault(key, text) }

    /// Notes a fault of a variable of the environment, or of an option.
    package mutating func fault(of source: String, _ text: String) { reader.adopt(["\(source): \(text)"]) }

    /// Notes an oddity, and takes the key for read.
    package mutating func warn(_ key: String, _ text: String) {
        skip(key)
        warnings.append("\(reader.path)\(key): \(text)")
    }

    /// Warns of every key that was not read.
    package mutating func finish() {
        for key in reader.unread {
            warn(key, "unknown key, ignored\(NearestName.hint(for: key, among: reader.asked))")
        }
    }

    /// Takes over what the reader of a part noted.
    mutating func adopt(_ part: Section) {
        reader.adopt(part.faults)
        warnings += part.warnings
        settings += part.settings
    }
}
