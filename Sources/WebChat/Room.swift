import BusProtocol
import FoundationEssentials
import JSON

/// A channel as the pages that are open on it see it: what was said lately, and what is being answered. A value; whoever
/// holds it passes the events on that it returns.
struct Room: Sendable {
    /// The most that is kept of what was said.
    static let maxEvents = 100
    static let maxBytes = 256 << 10
    /// The most of one text.
    static let maxTextBytes = 128 << 10
    /// The most that waits for an answer.
    static let maxOpen = 64

    private struct Kept: Sendable {
        let number: Int
        let bytes: Data
    }

    /// What waits for an answer.
    private struct Open: Sendable {
        let key: String
        let name: String
        let isStreamed: Bool
        /// False: the request's id is not known yet; the first answer that fits brings it.
        var id: String?
        var text = ""
    }

    /// Tells rooms of different processes, and of different times, apart.
    private let epoch: String
    private var kept: [Kept] = []
    private var bytes = 0
    private var lastNumber = 0
    private var open: [Open] = []
    /// The ids that were asked and those that were answered, latest last: what comes twice is shown once.
    private var asked = RecentIDs()
    private var ended = RecentIDs()

    init(epoch: String) { self.epoch = epoch }

    /// Somebody said something. Nil: it is known.
    mutating func ask(_ question: OverheardQuestion, at milliseconds: Int64) -> Data? {
        if let id = question.id, !asked.insert(id) { return nil }
        lastNumber += 1
        let key = question.id ?? "\(epoch)-q\(lastNumber)"
        if question.id.map(ended.contains) != true {
            open.append(Open(key: key, name: question.name, isStreamed: question.isStreamed, id: question.id))
            if open.count > Self.maxOpen { open.removeFirst() }
        }
        return keep("said") { writer in
            writer.field("id", key)
            writer.field("name", question.name.cut(to: 256))
            writer.field("text", question.text.cut(to: Self.maxTextBytes))
            writer.field("at", Int(milliseconds))
        }
    }

    /// A piece of an answer. Nil: nobody here asked for it.
    mutating func piece(_ text: String, of id: String) -> Data? {
        guard !id.isEmpty, !text.isEmpty, !ended.contains(id), let index = place(of: id, where: { $0.isStreamed })
        else { return nil }
        if open[index].text.utf8.count < Self.maxTextBytes { open[index].text += text }
        let key = open[index].key
        return ServerSentEvent("piece") { writer in
            writer.field("id", key)
            writer.field("text", text)
        }.bytes
    }

    /// The whole answer. Nil: it is known.
    mutating func answer(_ response: LLMResponse, at milliseconds: Int64) -> Data? {
        let (id, name) = (response.requestID, response.username)
        guard !id.isEmpty, ended.insert(id) else { return nil }
        let key = close(id) { $0.name == name }
        return keep("answer") { writer in
            writer.field("id", key)
            writer.field("name", name.cut(to: 256))
            writer.field("text", response.content.cut(to: Self.maxTextBytes))
            writer.field("at", Int(milliseconds))
            response.writeMeasures(to: &writer)
        }
    }

    /// A failure. Nil: it is known, or of nothing that was asked here.
    mutating func fail(_ failure: LLMFailure, at milliseconds: Int64) -> Data? {
        let id = failure.requestID
        guard asked.contains(id) || open.contains(where: { $0.id == nil }), ended.insert(id) else { return nil }
        let key = close(id) { _ in true }
        return keep("failed") { writer in
            writer.field("id", key)
            writer.field("text", failure.text.cut(to: 2048))
            writer.field("code", failure.code.cut(to: 64))
            writer.field("at", Int(milliseconds))
            failure.writeAdvice(to: &writer)
        }
    }

    /// What a page is to be told that comes, or comes again: what it has not seen, and how far the rest is.
    ///
    /// - Parameter seen: the last that it saw; nil for nothing.
    func snapshot(since seen: String?) -> Data {
        let number = seen.flatMap { seen -> Int? in
            let parts = seen.split(separator: ".")
            return parts.count == 2 && parts[0] == epoch ? Int(parts[1]) : nil
        }
        var bytes = Data()
        for event in kept where number.map({ event.number > $0 }) ?? true { bytes += event.bytes }
        for open in open where !open.text.isEmpty {
            bytes +=
                ServerSentEvent("partial") { writer in
                    writer.field("id", open.key)
                    writer.field("text", open.text)
                }.bytes
        }
        let end = ServerSentEvent("here") { writer in
            writer.field("epoch", epoch)
            writer.field("open") { $0.strings(open.map(\.key)) }
        }
        return bytes + end.bytes
    }

    /// The question that a request's id belongs to. One that came without an id, and fits, takes it over.
    private mutating func place(of id: String, where fits: (Open) -> Bool) -> Int? {
        if let index = open.firstIndex(where: { $0.id == id }) { return index }
        guard !asked.contains(id), let index = open.firstIndex(where: { $0.id == nil && fits($0) }) else { return nil }
        open[index].id = id
        _ = asked.insert(id)
        return index
    }

    /// It waits no more. Returns what its question goes by.
    private mutating func close(_ id: String, where fits: (Open) -> Bool) -> String {
        guard let index = place(of: id, where: fits) else { return id.cut(to: 128) }
        return open.remove(at: index).key
    }

    private mutating func keep(_ name: String, _ data: (inout JSONWriter) -> Void) -> Data {
        lastNumber += 1
        let event = ServerSentEvent(name, id: "\(epoch).\(lastNumber)", data).bytes
        kept.append(Kept(number: lastNumber, bytes: event))
        bytes += event.count
        while kept.count > 1, kept.count > Self.maxEvents || bytes > Self.maxBytes {
            bytes -= kept.removeFirst().bytes.count
        }
        return event
    }
}

extension String {
    /// At most so many bytes, and a sign where it was more.
    func cut(to limit: Int) -> String {
        if utf8.count <= limit { return self }
        var end = utf8.index(startIndex, offsetBy: limit)
        while String.Index(end, within: unicodeScalars) == nil { end = utf8.index(before: end) }
        return self[..<end] + " …"
    }
}

/// The last few hundred ids that were met.
struct RecentIDs: Sendable {
    private static let limit = 256
    private var order: [String] = []
    private var known: Set<String> = []

    /// Whether it was met.
    func contains(_ id: String) -> Bool { known.contains(id) }

    /// It is met now. False: it was before.
    mutating func insert(_ id: String) -> Bool {
        guard known.insert(id).inserted else { return false }
        order.append(id)
        if order.count > Self.limit { known.remove(order.removeFirst()) }
        return true
    }
}

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
