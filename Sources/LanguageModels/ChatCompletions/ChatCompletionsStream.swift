import FoundationEssentials
import HTTPTransport
import JSON

/// A streamed answer of `/chat/completions`: server-sent events, each a `chat.completion.chunk`, and `[DONE]` at the end
/// (OpenAI's OpenAPI file, `CreateChatCompletionStreamResponse`). A server that answers with one JSON text all the same
/// is understood too.
final class ChatCompletionsStream: AnswerAssembler {
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
    private var chunks: ChatCompletionsChunks
    private var sawEvent = false
    private var sawDone = false
    /// All of the body where it is no stream; else its beginning, for the log.
    private var body: [UInt8] = []
    private(set) var isOver = false
    /// What was wrong with it.
    private var fault: ProviderError?

    init(reader: ChatCompletionsReader, status: Int, headers: HTTPHeaders) {
        self.reader = reader
        self.status = status
        self.headers = headers
        chunks = ChatCompletionsChunks(
            beginsInThoughts: reader.beginsInThoughts, keepsFields: reader.keepsFields)
    }

    var hasBegun: Bool { chunks.hasBegun }

    var retractedBytes: Int { chunks.text.retractedBytes }

    /// Whether nothing has come but comments, which say that the server waits too.
    var saidNothing: Bool {
        guard form != .whole, !sawEvent, body.count < LogExcerpt.limit else { return false }
        return body.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            .allSatisfy { $0.first == UInt8(ascii: ":") }
    }

    func feed(_ piece: [UInt8]) -> String {
        var text = ""
        do throws(ProviderError) { try read(piece, &text) } catch {
            fault = error
            isOver = true
        }
        return text
    }

    func finish(_ failure: ProviderError?) throws(ProviderError) -> Completion {
        if let fault { throw fault }
        if form == .whole {
            let isRead = (try? chunks.read(body)) != nil
            // What was cut short is no JSON: then the cut is what is wrong.
            if let failure, !isRead { throw failure }
            guard isRead, !chunks.hasError, chunks.hasMessage else {
                throw self.failure(body, ErrorPayload.parse(Data(body)) ?? chunks.error)
            }
            return try reader.completion(&chunks)
        }
        // A cut stream may end with half an event, which is no JSON: that something is missing is seen below.
        while !isOver, let event = try? parser.finish() {
            do throws(ProviderError) { _ = try read(event) } catch {
                if error.code != .badAnswer { throw error }
            }
        }
        // Some servers (Gemini's older door) give no reason for the end of a good answer.
        guard chunks.finishReason != nil || sawDone && chunks.hasAnswer else {
            throw failure ?? (sawEvent ? .brokenOff(status: status) : self.failure(body))
        }
        return try reader.completion(&chunks)
    }

    private func read(_ piece: [UInt8], _ text: inout String) throws(ProviderError) {
        if form == .unknown { form = Self.form(of: piece) }
        if form == .whole {
            guard body.count + piece.count <= ProviderEndpoint.maxAnswerBytes else {
                throw .tooLargeAnswer(status: status)
            }
            body += piece
            return
        }
        if !sawEvent, body.count < LogExcerpt.limit { body += piece.prefix(LogExcerpt.limit - body.count) }
        parser.feed(piece)
        while !isOver, let event = try nextEvent() {
            let piece = try read(event)
            if text.isEmpty { text = piece } else { text += piece }
        }
        guard chunks.text.byteCount <= ProviderEndpoint.maxAnswerBytes else {
            throw .tooLargeAnswer(status: status)
        }
    }

    private func nextEvent() throws(ProviderError) -> ServerSentEventParser.Event? {
        do { return try parser.next() } catch { throw .tooLargeAnswer(status: status) }
    }

    /// Takes an event. Returns the text in it.
    private func read(_ event: ServerSentEventParser.Event) throws(ProviderError) -> String {
        sawEvent = true
        if event.name == "error" { throw failure(event.data, ErrorPayload.parse(Data(event.data)) ?? .unexplained) }
        if event.data.starts(with: Self.done) {
            (sawDone, isOver) = (true, true)
            return ""
        }
        // Some servers keep the line alive with events that say nothing.
        if event.data.allSatisfy({ $0 <= 0x20 }) { return "" }
        let text: String
        do throws(JSONError) { text = try chunks.read(event.data) } catch { throw failure(event.data) }
        if chunks.hasError {
            throw failure(event.data, ErrorPayload.parse(Data(event.data)) ?? chunks.error ?? .unexplained)
        }
        return text
    }

    private static let done = Array("[DONE]".utf8)

    /// The failure that a body or an event tells of; `badAnswer` where it tells of none.
    ///
    /// - Parameter payload: what it says, where that is known.
    private func failure(_ bytes: [UInt8], _ payload: ErrorPayload? = nil) -> ProviderError {
        reader.failure(HTTPResponse(status: status, headers: headers, body: Data(bytes)), payload)
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
