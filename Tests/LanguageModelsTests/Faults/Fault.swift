import HTTPTransport
import LanguageModels
import ServiceRuntime
import TestSupport
import Testing

/// One fault: what a server sends, and what a provider is to make of it.
struct Fault: Sendable, CustomTestStringConvertible {
    enum Expected: Sendable {
        case answer(Completion)
        /// With the text that was handed out before.
        case failure(ProviderError, handedOut: String)
    }

    let name: String
    var status = "200 OK"
    var headers: [String] = []
    let body: [UInt8]
    /// How the body ends: by its length, or by the end of the connection.
    var hasLength = true
    var expected: Expected

    var testDescription: String { name }

    /// All that is sent.
    var bytes: [UInt8] {
        let length = hasLength ? ["Content-Length: \(body.count)"] : ["Connection: close"]
        return Array((["HTTP/1.1 \(status)"] + length + headers + ["", ""]).joined(separator: "\r\n").utf8) + body
    }

    /// Not the provider's fault: an answer.
    static func good(
        _ name: String, _ body: String, _ content: String, _ reason: String = "stop", usage: TokenUsage? = nil,
        model: String = "m-1", tools: [ToolCall] = []
    ) -> Fault {
        var completion = Completion(content, model: model, finishReason: FinishReason(rawValue: reason), usage: usage)
        completion.toolCalls = tools
        return Fault(name: name, body: Array(body.utf8), expected: .answer(completion))
    }

    /// A failure with status 200, told in exactly these words.
    static func bad(
        _ name: String, _ body: String, _ code: ProviderError.Code, _ sentence: String, retryable: Bool? = nil,
        after text: String = ""
    ) -> Fault {
        let failure = ProviderError(code, sentence, retryable: retryable)
        return Fault(name: name, body: Array(body.utf8), expected: .failure(failure, handedOut: text))
    }

    /// A failure with another status.
    static func refused(
        _ name: String, _ status: String, _ headers: [String], _ body: String, _ code: ProviderError.Code,
        _ sentence: String, retryAfter: Duration? = nil, retryable: Bool? = nil
    ) -> Fault {
        let failure = ProviderError(code, sentence, retryAfter: retryAfter, retryable: retryable)
        return Fault(
            name: name, status: status, headers: headers, body: Array(body.utf8),
            expected: .failure(failure, handedOut: ""))
    }

    /// The same with other bytes in the place of a mark: a text cannot hold what is not UTF-8.
    func replacing(_ mark: String, _ bytes: [UInt8]) -> Fault {
        let mark = Array(mark.utf8)
        guard let place = body.indices.first(where: { body[$0...].starts(with: mark) }) else { return self }
        let changed = body[..<place] + bytes + body[(place + mark.count)...]
        return Fault(
            name: name, status: status, headers: headers, body: Array(changed), hasLength: hasLength,
            expected: expected)
    }

    /// The same where the end of the connection is the end of the body.
    var withoutLength: Fault {
        var fault = self
        fault.hasLength = false
        return fault
    }
}

/// The sentences of failures.
enum Sentence {
    static let notUnderstood = "the provider's answer could not be understood"
    static let brokeOff = "the language model's answer broke off"
    static let tooLarge = "the language model's answer was too large"
    static let unavailable = "the language model is not available right now"
    static let failedInTheMiddle = "the language model failed in the middle of its answer"
    static let withheld = "the provider withheld the answer for its content"
    static let declined = "the language model declined to answer that"
    static let slowDown = "the provider asks to slow down"
    static let tooLong = "the conversation is too long for the language model"
    static let refused = "the provider did not accept the request"
    static let lost = "the connection to the language model was lost"
    static let tooLate = "the language model took too long to answer"
    static let silent = "the language model stopped in the middle of its answer"
    static let unreachable = "the language model is not reachable right now"

    static func credit(_ provider: String) -> String {
        "the credit at the provider \(provider) is used up; the operator has to see to it"
    }
    static func key(_ provider: String) -> String {
        "the provider \(provider) did not accept its key; the operator has to check it"
    }
    static func nobody(_ provider: String) -> String {
        "no language model answers at the address of the provider \(provider); the operator has to check it"
    }
}

/// The chunks and lines of the wires.
enum Chunk {
    /// A chunk of a chat completion.
    static func text(_ content: String, reason: String? = nil) -> String {
        let reason = reason.map { "\"\($0)\"" } ?? "null"
        return
            #"{"id":"c","object":"chat.completion.chunk","created":1719000000,"model":"m-1","choices":[{"index":0,"delta":{"content":"\#(content)"},"finish_reason":\#(reason)}]}"#
    }
    static let stop = text("", reason: "stop")
    /// As a server-sent event.
    static func event(_ data: String) -> String { "data: \(data)\n\n" }
    /// A stream of such events, with its end.
    static func stream(_ events: String..., end: String = "[DONE]") -> String {
        (events + [end]).map(event).joined()
    }
    /// A line of Ollama.
    static func line(_ content: String, rest: String = #""done":false"#) -> String {
        #"{"model":"m-1","created_at":"2025-01-01T00:00:00Z","message":{"role":"assistant","content":"\#(content)"},\#(rest)}"#
            + "\n"
    }
    static let done = line("", rest: #""done":true,"done_reason":"stop""#)
}
