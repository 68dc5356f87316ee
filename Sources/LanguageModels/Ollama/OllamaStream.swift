import FoundationEssentials
import HTTPTransport
import JSON

/// A streamed answer of `/api/chat` or `/api/generate`: a JSON object a line, the last one with `done: true` (Ollama,
/// `api/types.go`: `ChatResponse`, `GenerateResponse`). What the model thinks has fields of its own (`thinking`): it is a
/// sign of life, and not the answer.
final class OllamaStream: AnswerAssembler {
    /// The largest line taken, in bytes.
    static let maxLineBytes = 1 << 20

    private let reader: OllamaReader
    private let status: Int
    private let headers: HTTPHeaders
    private var lines = LineSplitter(ending: .lineFeed, maxBytes: maxLineBytes)
    private var answer: OllamaAnswer
    private var sawLine = false
    /// What is no line of an answer: perhaps one JSON text over several lines, perhaps no JSON at all.
    private var body: [UInt8] = []
    /// What was wrong with it.
    private var fault: ProviderError?

    init(reader: OllamaReader, status: Int, headers: HTTPHeaders) {
        self.reader = reader
        self.status = status
        self.headers = headers
        answer = reader.newAnswer
    }

    var hasBegun: Bool { answer.hasBegun }

    var retractedBytes: Int { answer.text.retractedBytes }

    var isOver: Bool { answer.isDone || fault != nil }

    func feed(_ piece: [UInt8]) -> String {
        var text = ""
        do throws(ProviderError) { try read(piece, &text) } catch { fault = error }
        return text
    }

    func finish(_ failure: ProviderError?) throws(ProviderError) -> Completion {
        if let fault { throw fault }
        if !isOver, let line = lines.finish() {
            do throws(ProviderError) { _ = try read(line) } catch {
                // Half a line is what a cut stream ends with: that something is missing is seen below.
                if error.code != .badAnswer { throw error }
            }
        }
        if !sawLine, !body.isEmpty {
            answer = reader.newAnswer
            if answer.read(body) != nil, let payload = answer.error { throw self.failure(body, payload) }
        }
        guard answer.isDone else {
            throw failure ?? (sawLine ? .brokenOff(status: status) : self.failure(body))
        }
        answer.finish()
        return reader.completion(answer)
    }

    private func read(_ piece: [UInt8], _ text: inout String) throws(ProviderError) {
        lines.feed(piece)
        while !isOver, let line = try nextLine() {
            let piece = try read(line)
            if text.isEmpty { text = piece } else { text += piece }
        }
        guard body.count + answer.text.byteCount <= ProviderEndpoint.maxAnswerBytes else {
            throw .tooLargeAnswer(status: status)
        }
    }

    private func nextLine() throws(ProviderError) -> ArraySlice<UInt8>? {
        do { return try lines.next() } catch { throw .tooLargeAnswer(status: status) }
    }

    /// Takes a line. Returns the text in it.
    private func read(_ line: ArraySlice<UInt8>) throws(ProviderError) -> String {
        guard line.contains(where: { $0 > 0x20 }) else { return "" }
        let line = Array(line)
        if body.isEmpty, let text = answer.read(line) {
            sawLine = true
            if let payload = answer.error { throw failure(line, payload) }
            return text
        }
        if sawLine { throw failure(line) }
        body += line + [UInt8(ascii: "\n")]
        return ""
    }

    private func failure(_ bytes: [UInt8], _ payload: ErrorPayload? = nil) -> ProviderError {
        reader.failure(HTTPResponse(status: status, headers: headers, body: Data(bytes)), payload)
    }
}
