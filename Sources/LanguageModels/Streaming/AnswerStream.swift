import HTTPTransport

/// One streamed answer on its way from the socket to the sink. Used by one task.
///
/// A reference, and what comes after the wait in functions of its own: thousands of these wait at once.
final class AnswerStream<Assembler: AnswerAssembler> {
    private let endpoint: ProviderEndpoint
    private let response: HTTPStreamingResponse
    private let assembler: Assembler
    /// When the provider was asked.
    private let started: ContinuousClock.Instant
    private var firstToken: ContinuousClock.Instant?
    private var hasBegun = false
    /// What broke the stream.
    private var failure: ProviderError?
    /// Of the answer's text, in bytes.
    private var handedOut = 0

    init(
        _ response: HTTPStreamingResponse, from endpoint: ProviderEndpoint, into assembler: Assembler,
        started: ContinuousClock.Instant
    ) {
        (self.response, self.endpoint, self.assembler, self.started) = (response, endpoint, assembler, started)
    }

    /// Reads all of it. What comes in one read goes out as one piece.
    func read(_ deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        var pieces = response.body.makeAsyncIterator()
        while !assembler.isOver, let piece = await next(&pieces) {
            let text = take(piece)
            if !text.isEmpty { deltas?(text) }
        }
        return try conclude(deltas)
    }

    private func next(_ pieces: inout HTTPBody.Iterator) async -> [UInt8]? {
        do throws(HTTPError) { return try await pieces.next() } catch {
            failure = endpoint.failure(error)
            return nil
        }
    }

    /// Returns the text in a piece.
    private func take(_ piece: [UInt8]) -> String {
        let text = assembler.feed(piece)
        if !hasBegun, assembler.hasBegun {
            hasBegun = true
            response.body.contentBegan()
        }
        if !text.isEmpty {
            firstToken = firstToken ?? .now
            handedOut += text.utf8.count
        }
        return text
    }

    /// The answer, once its stream is over.
    @inline(never)
    private func conclude(_ deltas: DeltaSink?) throws(ProviderError) -> Completion {
        var completion = try assembler.finish(failure)
        if assembler.isOver { response.body.discardRest() }
        let last = completion.content.utf8.dropFirst(handedOut)
        if !last.isEmpty {
            firstToken = firstToken ?? .now
            deltas?(String(Substring(last)))
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
