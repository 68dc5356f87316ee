import HTTPTransport

@testable import LanguageModels

extension Checks {
    /// An answer is the same, or fails for the same reason, however its stream is cut.
    static func stream(_ input: Input) throws(Broken) {
        // In the middle of a stream the connection may break, too.
        for breaks in [nil, ProviderError(.timeout, "broken")] {
            let whole = Outcome([input.text], input.reader, breaks)
            let pieces = Outcome(input.pieces, input.reader, breaks)
            try expect(whole == pieces, "one piece gives \(whole), several give \(pieces)")
            guard case .answer(let completion, let told) = pieces else { continue }
            try expect(completion.content.utf8.starts(with: told.utf8), "what was told is not in the answer")
        }
        guard input.isPlain, case .answer(let whole, _) = Outcome([input.text], input.reader, nil) else { return }
        // Of a good stream no part is mistaken for all of it.
        let cut = Array(input.text[..<input.place])
        for breaks in [nil, ProviderError(.timeout, "broken")] {
            guard case .answer(let part, _) = Outcome([cut], input.reader, breaks) else { continue }
            try expect(
                part.content == whole.content, "a part (\(cut.count) bytes) is taken for the whole: \(part.content)")
        }
    }
}

/// What became of a stream.
private enum Outcome: Equatable {
    case answer(Completion, told: String)
    case failure(String, Int?, Bool, told: String)

    init(_ pieces: [[UInt8]], _ reader: Input.Reader, _ breaks: ProviderError?) {
        let endpoint = Checks.endpoint
        if reader == .ollama {
            let reader = OllamaReader(endpoint: endpoint, model: "asked")
            self.init(pieces, OllamaStream(reader: reader, status: 200, headers: HTTPHeaders()), breaks)
        } else {
            let reader = ChatCompletionsReader(endpoint: endpoint, model: "asked")
            self.init(pieces, ChatCompletionsStream(reader: reader, status: 200, headers: HTTPHeaders()), breaks)
        }
    }

    private init(_ pieces: [[UInt8]], _ assembler: some AnswerAssembler, _ breaks: ProviderError?) {
        let assembler = assembler
        var told = ""
        for piece in pieces where !assembler.isOver { told += assembler.feed(piece) }
        do throws(ProviderError) {
            var completion = try assembler.finish(assembler.isOver ? nil : breaks)
            told = String(Substring(told.utf8.dropFirst(assembler.retractedBytes)))
            // An id that a call has from us is never the same twice.
            for index in completion.toolCalls.indices where completion.toolCalls[index].id.hasPrefix("call") {
                completion.toolCalls[index].id = ""
            }
            self = .answer(completion, told: told)
        } catch {
            self = .failure(error.code.description, error.status, error.isRetryable, told: told)
        }
    }
}
