import FoundationEssentials
import HTTPTransport
import JSON

/// A streamed answer of `/chat/completions`: server-sent events, each a `chat.completion.chunk`, and `[DONE]` at the end
/// (OpenAI's OpenAPI file, `CreateChatCompletionStreamResponse`). A server that answers with one JSON text all the same
/// is understood too.
struct ChatCompletionsStream: AnswerAssembler {
    /// How the body is to be read.
    private enum Form {
        /// Nothing has come yet that tells.
        case unknown
        case events
        /// No stream: one JSON text.
        case whole
    }

    private let reader: ChatCompletionsReader
    private let status: Int
    private let headers: HTTPHeaders
    private var form = Form.unknown
    private var parser = ServerSentEventParser()
    private var chunks = ChatCompletionsChunks()
    private var sawEvent = false
    /// All of the body where it is no stream; else its beginning, for the log.
    private var body: [UInt8] = []
    private(set) var isOver = false

    init(reader: ChatCompletionsReader, status: Int, headers: HTTPHeaders) {
        self.reader = reader
        self.status = status
        self.headers = headers
    }

    var hasBegun: Bool { chunks.hasBegun }

    mutating func feed(_ piece: [UInt8]) throws(ProviderError) -> String {
        if form == .unknown { form = Self.form(of: piece) }
        if form == .whole {
            body += piece
            return ""
        }
        if !sawEvent, body.count < LogExcerpt.limit { body += piece.prefix(LogExcerpt.limit) }
        let events: [ServerSentEventParser.Event]
        do { events = try parser.feed(piece) } catch { throw .tooLargeAnswer(status: status) }
        var text = ""
        for event in events {
            let piece = try read(event)
            if text.isEmpty { text = piece } else { text += piece }
            if isOver { break }
        }
        return text
    }

    mutating func finish(_ failure: ProviderError?) throws(ProviderError) -> Completion {
        if form == .whole {
            // What was cut short is no JSON: then the cut is what is wrong.
            if let failure, JSONValue.parse(body) == nil { throw failure }
            return try reader.completion(HTTPResponse(status: status, headers: headers, body: Data(body)))
        }
        // What a cut stream ends with may be half an event: that something is missing is seen below.
        if failure == nil, !isOver, let event = try? parser.finish() {
            do throws(ProviderError) { _ = try read(event) } catch {
                if error.code != .badAnswer { throw error }
            }
        }
        guard chunks.finishReason != nil else {
            var error = failure ?? (sawEvent ? .brokenOff(status: status) : self.failure(body))
            error.saidNothing = saidNothing && (failure == nil || error.code == .unavailable)
            throw error
        }
        return try reader.completion(chunks)
    }

    /// Whether nothing has come but comments, which say that the server waits too.
    private var saidNothing: Bool {
        guard !sawEvent, body.count < LogExcerpt.limit else { return false }
        return body.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            .allSatisfy { $0.first == UInt8(ascii: ":") }
    }

    /// Takes an event. Returns the text in it.
    private mutating func read(_ event: ServerSentEventParser.Event) throws(ProviderError) -> String {
        sawEvent = true
        if event.data.elementsEqual("[DONE]".utf8) {
            isOver = true
            return ""
        }
        if event.name == "error" { throw failure(event.data, isError: true) }
        let text: String
        do throws(JSONError) { text = try chunks.read(event.data) } catch { throw failure(event.data) }
        if chunks.hasError { throw failure(event.data) }
        return text
    }

    /// The failure that a body or an event tells of; `badAnswer` where it tells of none.
    ///
    /// - Parameter isError: whether it is known to be one, whatever its shape.
    private func failure(_ bytes: [UInt8], isError: Bool = false) -> ProviderError {
        let body = Data(bytes)
        let payload = ErrorPayload.parse(body) ?? (isError ? .unexplained : nil)
        return reader.failure(HTTPResponse(status: status, headers: headers, body: body), payload)
    }

    private static func form(of piece: [UInt8]) -> Form {
        let first = piece.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
        switch first {
        case nil: return .unknown
        case UInt8(ascii: "{"), UInt8(ascii: "["): return .whole
        default: return .events
        }
    }
}

extension ProviderError {
    /// An answer that ended before its end.
    static func brokenOff(status: Int) -> ProviderError {
        ProviderError(
            .unavailable, "the language model's answer broke off", status: status,
            detail: "the stream ended without saying why")
    }

    /// A line, an event, or a whole answer beyond the bound.
    static func tooLargeAnswer(status: Int) -> ProviderError {
        ProviderError(.badAnswer, "the language model's answer was too large", status: status)
    }
}
