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
        var hasBegun = false
        var failure: ProviderError?
        /// Of the answer's text, in bytes.
        var handedOut = 0
        while !assembler.isOver {
            let piece: [UInt8]?
            do throws(HTTPError) { piece = try await pieces.next() } catch {
                failure = endpoint.failure(error)
                break
            }
            guard let piece else { break }
            let text = assembler.feed(piece)
            if !hasBegun, assembler.hasBegun {
                hasBegun = true
                response.body.contentBegan()
            }
            guard !text.isEmpty else { continue }
            firstToken = firstToken ?? .now
            handedOut += text.utf8.count
            await deltas?(text)
        }
        var completion = try assembler.finish(failure)
        if assembler.isOver { response.body.discardRest() }
        let last = completion.content.utf8.dropFirst(handedOut)
        if !last.isEmpty {
            firstToken = firstToken ?? .now
            await deltas?(String(Substring(last)))
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
