import FoundationEssentials
import JSON

/// An event as a browser's EventSource reads it (HTML standard, section 9.2).
struct ServerSentEvent: Sendable {
    let bytes: Data

    /// - Parameters:
    ///   - name: ours.
    ///   - id: what the browser says it has seen, when it comes again; nil for what it need not say.
    ///   - data: writes the fields of a JSON object, which has no line breaks.
    init(_ name: String, id: String? = nil, _ data: (inout JSONWriter) -> Void) {
        var bytes = Data()
        if let id { bytes.append(contentsOf: "id: \(id)\n".utf8) }
        bytes.append(contentsOf: "event: \(name)\ndata: ".utf8)
        bytes.append(contentsOf: JSONWriter.object(data))
        bytes.append(contentsOf: "\n\n".utf8)
        self.bytes = bytes
    }

    /// Tells a browser how soon to come again, and that the stream is there.
    static var beginning: Data { Data("retry: 1000\n: here\n\n".utf8) }
    /// Keeps proxies from thinking that nobody is there any more.
    static var keepAlive: Data { Data(":\n\n".utf8) }
}
