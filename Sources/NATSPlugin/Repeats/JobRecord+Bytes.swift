import JSON
import ServiceRuntime

/// The written form: one line of JSON, and after it the answer, byte for byte, if there is one.
extension JobRecord {
    /// The version of the format.
    private static let schema = 1
    /// More than the line takes.
    static let maxLineBytes = 4096

    /// As it is kept.
    var bytes: [UInt8] {
        var line = JSONWriter.object { writer in
            writer.field("v", Self.schema)
            writer.field("stage", name)
            writer.field("owner", owner)
            writer.field("at", Int(at.milliseconds))
            writer.field("attempts", attempts)
            if let code { writer.field("code", code) }
            if let source {
                writer.field("seq", Int(clamping: source.sequence))
                writer.field("time", Int(source.time))
                writer.field("digest", source.digest)
            }
            guard case .done(let result, let isPublished) = stage else { return }
            writer.field("published", isPublished)
            writer.field("error", result.isError)
            if let code = result.deadCode { writer.field("dead", code) }
            writer.field("headers") { writer in
                writer.array { writer in for header in result.headers { writer.strings(header) } }
            }
        }
        line.append(UInt8(ascii: "\n"))
        guard case .done(let result, _) = stage else { return line }
        return line + result.bytes
    }

    /// Reads what is kept; nil for what this version does not know.
    init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            let object = JSONValue.parse(Array(bytes[..<end]))?.object, object["v"] == .integer(Self.schema),
            let owner = object["owner"]?.string, case .integer(let at)? = object["at"],
            case .integer(let attempts)? = object["attempts"]
        else { return nil }
        self.init(
            owner: owner, at: Timestamp(milliseconds: Int64(at)), attempts: attempts, code: object["code"]?.string)
        source = Self.source(object)
        switch object["stage"]?.string {
        case "waiting": stage = .waiting
        case "running": stage = .running
        case "done":
            let result = JobResult(
                isError: object["error"] == .bool(true), bytes: Array(bytes[(end + 1)...]),
                headers: Self.headers(object["headers"]), deadCode: object["dead"]?.string)
            stage = .done(result, isPublished: object["published"] == .bool(true))
        default: return nil
        }
    }

    private var name: String {
        switch stage {
        case .waiting: "waiting"
        case .running: "running"
        case .done: "done"
        }
    }

    private static func source(_ object: [String: JSONValue]) -> JobSource? {
        guard case .integer(let sequence)? = object["seq"], sequence >= 0, case .integer(let time)? = object["time"],
            let digest = object["digest"]?.string
        else { return nil }
        return JobSource(sequence: UInt64(sequence), time: Int64(time), digest: digest)
    }

    private static func headers(_ value: JSONValue?) -> [[String]] {
        guard case .array(let fields)? = value else { return [] }
        return fields.compactMap { field in
            guard case .array(let parts) = field, parts.count == 2 else { return nil }
            let texts = parts.compactMap(\.string)
            return texts.count == 2 ? texts : nil
        }
    }
}
