import BusProtocol
import FoundationEssentials
package import GatewayCore
package import HTTPServing
import JSON
package import NATSClient
package import ServiceRuntime

/// Answers the page: a chat in a channel, with everybody else who is in it.
package final class WebChatHandler: Sendable {
    private let access: WebAccess
    private let bus: ServiceBus
    private let hub: Hub
    private let watch: Watch
    private let timeout: Duration
    private let time: any TimeSource
    private let reservedNames: Set<String>
    /// What the page calls the bot.
    private static let botName = "Rosey"

    /// Creates the page of a gateway.
    package init(
        _ settings: GatewaySettings, _ connection: NATSConnection, _ bus: ServiceBus, _ keyWatch: KeyWatch,
        time: any TimeSource
    ) {
        let hub = Hub(time: time)
        access = WebAccess(BearerKeys(settings.apiKeys), keyWatch, time: time) { hub.end($0) }
        self.bus = bus
        self.hub = hub
        self.time = time
        watch = Watch(connection, bus, hub, time: time)
        timeout = settings.requestTimeout
        reservedNames = Set(settings.reservedNames.map(TypedMessage.folded))
    }

    /// Passes on what the bus says, until it is cancelled.
    package func run() async { await watch.run() }

    /// Sends every page away.
    package func close() { hub.close() }

    /// Throws what can be said against who asks before what is sent is there.
    package func admit(_ request: HTTPServerRequest, at place: WebPlace) throws(APIError) {
        if case .file = place { return }
        try access.checkOrigin(request)
        if place != .session { try access.check(request) }
    }

    /// Returns the answer to a request of the page.
    package func answer(_ request: HTTPServerRequest, at place: WebPlace) async throws(APIError) -> HTTPServerResponse {
        if case .file(let file) = place { return file.response(to: request) }
        try access.checkOrigin(request)
        if place == .session {
            switch request.method {
            case "POST": return try access.signIn(request, try request.jsonObject())
            case "DELETE": return access.signOut(request)
            default: return access.state(request, patience: timeout)
            }
        }
        try access.check(request)
        switch place {
        case .channel: return try await describe(try Self.channel(request))
        case .models: return try await listModels()
        case .events: return try open(request)
        case .messages: return try post(try TypedMessage(try request.jsonObject()))
        case .file, .session: throw .noSuchPath(request)
        }
    }

    /// `POST /web/messages`. That it was taken is all that is said here; what comes of it comes as events.
    private func post(_ message: TypedMessage) throws(APIError) -> HTTPServerResponse {
        let (subject, payload) = message.outgoing(timeout: timeout)
        try checkName(message.name)
        try bus.checkConnected()
        try watch.begin()
        // Before the answer can be there.
        hub.ask(message.question)
        do throws(APIError) { try bus.publish(payload, to: subject) } catch {
            let failure = LLMFailure(error.message, code: error.code ?? "internal", requestID: message.id)
            hub.take(.failure(failure), of: message.channel)
            throw error
        }
        return .web(202) { $0.field("id", message.id) }
    }

    private func checkName(_ name: String) throws(APIError) {
        let folded = TypedMessage.folded(name)
        let owner: String? =
            if folded == TypedMessage.folded(Self.botName) {
                "the bot's"
            } else if reservedNames.contains(folded) { "an administrator's" } else { nil }
        guard let owner else { return }
        throw APIError(403, "The name \(name) is \(owner). Choose another one.", code: "name_reserved")
    }

    /// `GET /web/events`.
    private func open(_ request: HTTPServerRequest) throws(APIError) -> HTTPServerResponse {
        let session = try access.check(request)
        let visit = try hub.visit(try Self.channel(request), since: Self.seen(request), session: session?.number)
        // Whoever has signed out meanwhile has not found this page among those to send away.
        try access.check(request)
        try watch.begin()
        let time = time
        return HTTPServerResponse(
            headers: [
                ("Content-Type", "text/event-stream; charset=utf-8"), ("Cache-Control", "no-store"),
                ("X-Accel-Buffering", "no"), ("X-Content-Type-Options", "nosniff"),
            ]
        ) { writer in
            try await withThrowingTaskGroup(of: Void.self) { group in
                if let end = session?.end {
                    group.addTask { [queue = visit.queue] in
                        if (try? await time.sleep(until: end)) != nil { queue.end() }
                    }
                }
                while let bytes = await visit.queue.next() { try await writer.write(bytes) }
                group.cancelAll()
            }
            // Broken off, so that the browser comes again.
            if visit.queue.isOverrun { throw HTTPServingError(.clientGone, detail: "too slow") }
        }
    }

    /// `GET /web/channel`.
    private func describe(_ channel: String) async throws(APIError) -> HTTPServerResponse {
        let result = try await bus.call(LLMCall(.personaGet, channel: channel, includesModel: true))
        return .web { writer in
            writer.field("persona", orNull: result.persona)
            writer.field("model", orNull: result.model)
            writer.field("personas") { $0.strings(result.available) }
        }
    }

    /// `GET /web/models`.
    private func listModels() async throws(APIError) -> HTTPServerResponse {
        let names = try await bus.call(LLMCall(.models)).models.prefix(1000).map { "\($0.provider)/\($0.id)" }
        return .web { $0.field("models") { $0.strings(names) } }
    }

    /// The last event that a page saw: it says so itself, or its browser does.
    private static func seen(_ request: HTTPServerRequest) -> String? {
        request.query.first { $0.name == "seen" }?.value ?? request.header("Last-Event-ID")
    }

    private static func channel(_ request: HTTPServerRequest) throws(APIError) -> String {
        guard let channel = request.query.first(where: { $0.name == "channel" })?.value,
            !channel.allSatisfy(\.isWhitespace), channel.utf8.count <= TypedMessage.maxChannelBytes
        else {
            throw .invalid("channel: expected a name of at most \(TypedMessage.maxChannelBytes) bytes")
        }
        return channel
    }
}
