import FoundationEssentials
import GatewayCore
import HTTPGateway
import HTTPTransport
import JSON
import NATSClient
import Synchronization
import TestSupport
import Testing

/// An event as a page gets it.
struct PageEvent: Sendable {
    let id: String?
    let kind: String
    let data: JSONValue

    subscript(path: String...) -> JSONValue? { data.at(path) }

    /// The whole events in a text, and the rest.
    static func read(_ text: String) -> (events: [PageEvent], rest: String) {
        var parts = text.split(separator: "\n\n", omittingEmptySubsequences: false).map(String.init)
        let rest = parts.popLast() ?? ""
        let events = parts.compactMap { part -> PageEvent? in
            var fields: [Substring: Substring] = [:]
            for line in part.split(separator: "\n") where !line.hasPrefix(":") {
                let pair = line.split(separator: ":", maxSplits: 1)
                if pair.count == 2 { fields[pair[0]] = pair[1].dropFirst() }
            }
            guard let kind = fields["event"], let data = fields["data"].flatMap({ JSONValue.parse(Array($0.utf8)) })
            else { return nil }
            return PageEvent(id: fields["id"].map(String.init), kind: String(kind), data: data)
        }
        return (events, rest)
    }
}

/// A page that is open: what comes, one after the other.
final class Page: Sendable {
    private let events: AsyncThrowingStream<PageEvent, any Error>
    private let reading: Task<Void, Never>

    init(_ response: HTTPStreamingResponse) {
        let (events, event) = AsyncThrowingStream.makeStream(of: PageEvent.self)
        self.events = events
        reading = Task {
            var text = ""
            do {
                for try await piece in response.body {
                    text += String(decoding: piece, as: UTF8.self)
                    let (found, rest) = PageEvent.read(text)
                    text = rest
                    for each in found { event.yield(each) }
                }
                event.finish()
            } catch { event.finish(throwing: error) }
        }
    }

    deinit { reading.cancel() }

    /// Closes it.
    func close() async {
        reading.cancel()
        await reading.value
    }

    /// The events up to the first of that kind, and of that text where there is one.
    @discardableResult
    func until(_ kind: String, _ text: String? = nil) async throws -> [PageEvent] {
        var all: [PageEvent] = []
        for try await event in events {
            all.append(event)
            if event.kind == kind, text == nil || event["text"]?.string?.contains(text ?? "") == true { return all }
        }
        throw Ended(events: all)
    }

    /// The next event of a kind.
    func next(_ kind: String, _ text: String? = nil) async throws -> PageEvent {
        guard let last = try await until(kind, text).last else { throw TimedOut() }
        return last
    }

    /// The connection has ended before.
    struct Ended: Error { let events: [PageEvent] }
}

extension Stage {
    /// Opens a page on a channel, and reads what it is told at first.
    func page(
        _ channel: String, since seen: String? = nil, headers: [(name: String, value: String)] = []
    ) async throws -> (page: Page, told: [PageEvent]) {
        var query = "channel=\(Self.escaped(channel))"
        if let seen { query += "&seen=\(Self.escaped(seen))" }
        let response = try await http.stream(HTTPRequest(.get, "\(url)/web/events?\(query)", headers: headers))
        guard response.status == 200 else { throw TimedOut() }
        let page = Page(response)
        return (page, try await page.until("here"))
    }

    /// Types something.
    @discardableResult
    func type(
        _ text: String, _ channel: String = "lobby", name: String = "alice",
        id: String = "w\(UInt64.random(in: 1 ... .max))",
        headers: [(name: String, value: String)] = []
    ) async throws -> Got {
        let body = JSONWriter.object { writer in
            writer.field("channel", channel)
            writer.field("name", name)
            writer.field("text", text)
            writer.field("id", id)
        }
        return try await post("/web/messages", String(decoding: body, as: UTF8.self), headers: headers)
    }

    /// Hears and says what it likes, as a plugin or the bot does.
    func withBus(_ body: (NATSConnection) async throws -> Void) async throws {
        let connection = try await NATSConnection.connect(
            NATSOptions(servers: [nats.url], name: "somebody"), onEvent: { _ in })
        let result = await Result { try await body(connection) }
        await connection.close()
        try result.get()
    }

    static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }.joined()
    }
}
