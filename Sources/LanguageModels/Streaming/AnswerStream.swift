import HTTPTransport

/// One streamed answer on its way from the socket to the sink.
struct AnswerStream {
    let endpoint: ProviderEndpoint
    let response: HTTPStreamingResponse
    /// When the provider was asked.
    let started: ContinuousClock.Instant

    /// Reads all of it. What comes in one read goes out as one piece.
    func read(_ assembler: some AnswerAssembler, _ deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        var assembler = assembler
        var pieces = response.body.makeAsyncIterator()
        var firstToken: ContinuousClock.Instant?
        var told = 0
        var hasBegun = false
        var failure: ProviderError?
        while !assembler.isOver {
            let piece: [UInt8]?
            do throws(HTTPError) { piece = try await pieces.next() } catch {
                failure = endpoint.failure(error)
                break
            }
            guard let piece else { break }
            let text = try assembler.feed(piece)
            if !hasBegun, assembler.hasBegun {
                hasBegun = true
                response.body.contentBegan()
            }
            guard !text.isEmpty else { continue }
            firstToken = firstToken ?? .now
            told += text.utf8.count
            await deltas?(text)
        }
        if assembler.isOver { response.body.discardRest() }
        var completion = try assembler.finish(failure)
        // What came as a whole, or in a last line that nothing ended.
        if let deltas, completion.content.utf8.count > told {
            await deltas(String(decoding: completion.content.utf8.dropFirst(told), as: UTF8.self))
        }
        completion.time(started: started, firstToken: firstToken ?? .now, ended: .now)
        return completion
    }
}

extension Completion {
    /// Notes when it came. A provider's own measure of its speed stays.
    fileprivate mutating func time(
        started: ContinuousClock.Instant, firstToken: ContinuousClock.Instant, ended: ContinuousClock.Instant
    ) {
        var timing = Timing(firstToken: firstToken - started, total: ended - started)
        timing.tokensPerSecond = self.timing?.tokensPerSecond
        if timing.tokensPerSecond == nil, let tokens = usage?.completionTokens, tokens > 0 {
            // An answer that came at once was written before it came.
            let writing = ended - firstToken
            let span = writing > .milliseconds(1) ? writing : timing.total
            if span > .zero { timing.tokensPerSecond = Double(tokens) / (span / .seconds(1)) }
        }
        self.timing = timing
    }
}
