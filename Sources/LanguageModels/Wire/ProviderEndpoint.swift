import FoundationEssentials
import HTTPTransport
import Observability
import ServiceRuntime

/// Where a provider is: what is sent to it, how long each part may take, and what a refusal means.
struct ProviderEndpoint: Sendable {
    /// The largest answer taken. A model's largest is some hundred kilobytes; this leaves room for its reasoning.
    static let maxAnswerBytes = 8 << 20
    /// The most bytes of a stream: around a token of four letters there is half a kilobyte of JSON, twice that where it is
    /// a thought. They are not kept, so the bound is for time and traffic.
    static let maxStreamBytes = 128 << 20
    /// How long a key is left alone that was refused, and one that was too busy where the provider does not say.
    static let refusedKeyCooldown = Duration.seconds(300)
    static let busyKeyCooldown = Duration.seconds(30)

    /// What stays the same. Behind a reference: an endpoint is held by everybody who waits for an answer.
    private final class Shared: Sendable {
        let (name, base, timeouts): (String, String, HTTPTimeouts)
        let keys: APIKeyPool
        let headers: [(name: String, value: String)]
        let client: HTTPClient
        let server: ServerName

        init(
            _ name: String, _ base: String, _ timeouts: HTTPTimeouts, _ keys: APIKeyPool,
            _ headers: [(name: String, value: String)], _ client: HTTPClient
        ) {
            (self.name, self.base, self.timeouts) = (name, base, timeouts)
            (self.keys, self.headers, self.client) = (keys, headers, client)
            server = ServerName(base)
        }
    }

    /// The requests to one path, ready but for their bodies: one for each key, or one where there are no keys.
    struct Path: Sendable, CustomReflectable, CustomStringConvertible {
        fileprivate let requests: [HTTPRequest]

        /// Nothing: there are keys in the headers.
        var customMirror: Mirror { Mirror(self, children: []) }
        var description: String { "\(requests.count) requests" }
    }

    private let shared: Shared
    /// The key of this exchange; see ``withKey(_:)``.
    private var key: (index: Int, key: Secret)?
    /// The span of this exchange, which the provider is told of.
    private var span: TraceSpan?

    /// The provider's registered name, for sentences.
    var name: String { shared.name }
    /// The base URL without a slash at its end.
    var base: String { shared.base }
    /// What requests are sent by.
    var client: HTTPClient { shared.client }
    private var keys: APIKeyPool { shared.keys }

    /// - Parameters:
    ///   - keys: sent as `Authorization: Bearer`, one at a time; empty ones are left out.
    ///   - headers: sent with every request; those with an empty value are left out.
    init(
        name: String, base: String, timeouts: HTTPTimeouts, keys: [Secret] = [],
        headers: [(name: String, value: String)] = [], client: HTTPClient
    ) {
        shared = Shared(
            name, Self.normalized(base), timeouts,
            APIKeyPool(keys.map { Secret($0.revealed.trimmingSpaces) }.filter { !$0.isEmpty }),
            headers.filter { !$0.value.isEmpty }, client)
    }

    /// That of a provider.
    init(_ settings: ProviderSettings, headers: [(name: String, value: String)] = [], client: HTTPClient) {
        self.init(
            name: settings.name, base: settings.baseURL, timeouts: settings.timeouts, keys: settings.apiKeys,
            headers: headers, client: client)
    }

    /// Whether there is a key to send.
    var hasKey: Bool { !keys.isEmpty }

    /// One of its models as whom an answer comes from.
    func origin(_ model: String) -> ProviderFields.Origin { ProviderFields.Origin(provider: name, model: model) }

    /// The same with the key chosen that its next requests send; a failure that is this key's fault puts it aside.
    ///
    /// - Parameter span: that of the exchange; nil where nobody traces.
    func withKey(_ span: TraceSpan? = nil) -> ProviderEndpoint {
        var endpoint = self
        endpoint.key = keys.current(now: .now)
        endpoint.span = span
        span?.set { shared.server.attributes }
        return endpoint
    }

    /// The host in the base URL, lower-cased, without port and user.
    var host: String {
        let afterScheme = base.split(separator: "//", maxSplits: 1).last ?? ""
        let authority = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let hostAndPort = authority.split(separator: "@").last ?? ""
        return hostAndPort.prefix { $0 != ":" }.lowercased()
    }

    // MARK: requests

    /// Prepares what is the same for all requests to a path: the address, the headers, the bounds.
    ///
    /// - Parameters:
    ///   - isStreamed: whether the answer comes piece by piece. Comments in a stream, and white space before an answer, are
    ///     bytes and no answer.
    ///   - timeout: how long the whole may take; nil for as long as an answer may.
    func path(
        _ method: HTTPRequest.Method, _ path: String, isStreamed: Bool = false, timeout: Duration? = nil
    ) -> Path {
        var request = HTTPRequest(
            method, base + path, headers: shared.headers,
            timeouts: timeout.map(HTTPTimeouts.init(within:)) ?? shared.timeouts,
            maxResponseBytes: isStreamed ? Self.maxStreamBytes : Self.maxAnswerBytes, firstByteIsContent: !isStreamed)
        request.headers.append(("Accept", "application/json, text/event-stream, application/x-ndjson"))
        if method == .post { request.headers.append(("Content-Type", "application/json")) }
        let keyed = keys.all.map { key in
            var request = request
            request.headers.append(("Authorization", "Bearer " + key.revealed))
            return request
        }
        return Path(requests: (keyed.isEmpty ? [request] : keyed).map { $0.prepared() })
    }

    /// Returns a request to a path, with the key that was chosen.
    func request(_ path: Path, _ body: [UInt8] = []) -> HTTPRequest {
        var request = path.requests[key?.index ?? keys.current(now: .now)?.index ?? 0]
        if let span { request.headers += span.context.headers }
        request.body = body
        return request
    }

    /// Sends a request, and waits for the whole answer.
    func send(_ request: HTTPRequest) async throws(ProviderError) -> HTTPResponse {
        do throws(HTTPError) { return try await client.send(request) } catch { throw failure(error) }
    }

    /// The rest of an answer that is a refusal: as much of it as is worth reading.
    func collect(_ response: HTTPStreamingResponse) async throws(ProviderError) -> HTTPResponse {
        var body = Data()
        response.body.contentBegan()
        do {
            for try await piece in response.body {
                body.append(contentsOf: piece)
                if body.count > ErrorPayload.maxBytes { break }
            }
        } catch {
            // The status says enough.
            if error.code == .cancelled { throw failure(error) }
        }
        return HTTPResponse(status: response.status, headers: response.headers, body: body)
    }

    // MARK: failures

    /// The failure of an exchange that did not come to its end.
    func failure(_ error: HTTPError) -> ProviderError { ProviderError(error, hiding: key?.key) }

    /// The failure of an answer that is none. A key that is at fault is put aside.
    ///
    /// - Parameters:
    ///   - payload: what the body says of it, where the caller has it; read from the body otherwise.
    ///   - model: the one that was asked, where one was.
    func failure(_ response: HTTPResponse, payload: ErrorPayload? = nil, model: String? = nil) -> ProviderError {
        let payload = payload ?? ErrorPayload.parse(response.body)
        let code = FailureTable.code(status: response.status, payload: payload)
        let asked = RetryDelay.asked(by: response.headers) ?? payload?.retryAfter
        let detail = excerpt(of: response, code, payload)
        if let model, code == .unknownModel {
            return .unknownModel(model, at: name, status: response.status, detail: detail)
        }
        if let model, payload?.cannotLoad == true, code == .unavailable || code == .invalidRequest {
            return .unloadable(model, at: name, status: response.status, detail: detail)
        }
        let header = response.headers["x-should-retry"].flatMap(Bool.init)
        return ProviderError(
            code, sentence(code, response.status), retryAfter: code.isRetryable ? asked : nil,
            status: response.status, detail: detail,
            retryable: header ?? payload?.isRetryable, hasOtherKey: putKeyAside(code, asked))
    }

    /// Returns whether there is another one to try.
    private func putKeyAside(_ code: ProviderError.Code, _ asked: Duration?) -> Bool {
        guard let key else { return false }
        switch code {
        case .authentication, .quota: return keys.putAside(key.index, for: Self.refusedKeyCooldown, now: .now)
        case .rateLimited:
            // A provider that says "at once" has the others tried first all the same.
            return keys.putAside(key.index, for: max(asked ?? Self.busyKeyCooldown, .seconds(1)), now: .now)
        default: return false
        }
    }

    /// What may be written to the log of an answer. Not what was moderated: it is what somebody in the room said.
    private func excerpt(of response: HTTPResponse, _ code: ProviderError.Code, _ payload: ErrorPayload?) -> String {
        guard code != .contentFiltered else {
            return LogExcerpt((payload?.words.sorted() ?? []).joined(separator: " "), hiding: key?.key).text
        }
        return LogExcerpt(response.body, hiding: key?.key).text
    }

    private func sentence(_ code: ProviderError.Code, _ status: Int) -> String {
        switch code {
        case .authentication where !hasKey: "the provider \(name) wants a key; the operator has to set one"
        case .authentication: "the provider \(name) did not accept its key; the operator has to check it"
        case .quota: "the credit at the provider \(name) is used up; the operator has to see to it"
        case .badAnswer where !(200..<300).contains(status):
            "no language model answers at the address of the provider \(name); the operator has to check it"
        default: code.sentence
        }
    }

    /// `localhost:11434` is what people write (and Ollama's own OLLAMA_HOST is): http is meant.
    private static func normalized(_ base: String) -> String {
        var base = base.trimmingSpaces
        while base.hasSuffix("/") { base.removeLast() }
        return base.contains("://") ? base : "http://" + base
    }
}

extension HTTPTimeouts {
    /// For an answer that comes as a whole: nothing of it may take longer than all of it.
    package init(within limit: Duration) {
        self.init(connect: min(limit, .seconds(5)), firstByte: limit, idle: limit, total: limit)
    }
}

extension String {
    /// Without white space at both ends: a key read from a file ends with a line break.
    var trimmingSpaces: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
