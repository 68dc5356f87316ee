import HTTPTransport
import ServiceRuntime

/// A provider's door: where it is, what is said at it, how long each part may take, and what a refusal means.
struct ProviderEndpoint: Sendable {
    /// The largest answer taken. A model's largest is some hundred kilobytes; this leaves room for its reasoning.
    static let maxAnswerBytes = 8 << 20

    /// The provider's registered name, for sentences.
    let name: String
    /// The base URL without a slash at its end.
    let base: String
    let timeouts: HTTPTimeouts
    private let key: Secret?
    private let headers: [(name: String, value: String)]
    private let client: HTTPClient

    /// - Parameters:
    ///   - key: sent as `Authorization: Bearer`; nil or empty for none.
    ///   - headers: sent with every request; those with an empty value are left out.
    init(
        name: String, base: String, timeouts: HTTPTimeouts, key: Secret? = nil,
        headers: [(name: String, value: String)] = [], client: HTTPClient
    ) {
        self.name = name
        self.base = Self.normalized(base)
        self.timeouts = timeouts
        self.key = key.map { Secret($0.revealed.trimmingSpaces) }.flatMap { $0.isEmpty ? nil : $0 }
        self.headers = headers.filter { !$0.value.isEmpty }
        self.client = client
    }

    /// Whether there is a key to send.
    var hasKey: Bool { key != nil }

    /// The host in the base URL, lower-cased, without port and user.
    var host: String {
        let afterScheme = base.split(separator: "//", maxSplits: 1).last ?? ""
        let authority = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let hostAndPort = authority.split(separator: "@").last ?? ""
        return hostAndPort.prefix { $0 != ":" }.lowercased()
    }

    /// Sends a JSON text.
    func post(_ path: String, _ body: [UInt8]) async throws(ProviderError) -> HTTPResponse {
        var request = self.request(.post, path, timeouts)
        request.headers.append(("Content-Type", "application/json"))
        request.body = body
        return try await send(request)
    }

    /// Asks for something that costs nothing.
    ///
    /// - Parameter patience: how long the whole may take; nil for as long as an answer may.
    func get(_ path: String, within patience: Duration? = nil) async throws(ProviderError) -> HTTPResponse {
        try await send(request(.get, path, patience.map(HTTPTimeouts.init(within:)) ?? timeouts))
    }

    /// The failure of an answer that is none.
    ///
    /// - Parameter payload: what the body says of it, where the caller has it; read from the body otherwise.
    func failure(_ response: HTTPResponse, payload: ErrorPayload? = nil) -> ProviderError {
        let payload = payload ?? ErrorPayload.parse(response.body)
        let code = FailureTable.code(status: response.status, payload: payload)
        let asked =
            RetryDelay.asked(by: response.headers) ?? payload?.retryAfterSeconds.flatMap(RetryDelay.bounded)
        let header = response.headers["x-should-retry"].flatMap(Bool.init)
        return ProviderError(
            code, sentence(code, response.status), retryAfter: code.isRetryable ? asked : nil,
            status: response.status, detail: excerpt(of: response, code, payload),
            retryable: header ?? payload?.isRetryable)
    }

    /// What may be written to the log of an answer. Not what was moderated: it is what somebody in the room said.
    private func excerpt(of response: HTTPResponse, _ code: ProviderError.Code, _ payload: ErrorPayload?) -> String {
        guard code != .contentFiltered else {
            return LogExcerpt((payload?.words.sorted() ?? []).joined(separator: " "), hiding: key).text
        }
        return LogExcerpt(response.body, hiding: key).text
    }

    private func sentence(_ code: ProviderError.Code, _ status: Int) -> String {
        switch code {
        case .authentication where key == nil: "the provider \(name) wants a key; the operator has to set one"
        case .authentication: "the provider \(name) did not accept its key; the operator has to check it"
        case .quota: "the credit at the provider \(name) is used up; the operator has to see to it"
        case .badAnswer where !(200..<300).contains(status):
            "no language model answers at the address of the provider \(name); the operator has to check it"
        default: code.sentence
        }
    }

    private func request(_ method: HTTPRequest.Method, _ path: String, _ timeouts: HTTPTimeouts) -> HTTPRequest {
        var headers = self.headers
        if let key { headers.append(("Authorization", "Bearer " + key.revealed)) }
        headers.append(("Accept", "application/json"))
        return HTTPRequest(
            method, base + path, headers: headers, timeouts: timeouts, maxResponseBytes: Self.maxAnswerBytes)
    }

    private func send(_ request: HTTPRequest) async throws(ProviderError) -> HTTPResponse {
        do {
            return try await client.send(request)
        } catch {
            throw ProviderError(error, hiding: key)
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
