import HTTPTransport

/// One answer that is asked for.
///
/// Used by one task. A reference, and what comes of it is kept in it: thousands of these wait at once, and what a function
/// returns lies in the frame of who waits for it.
protocol PendingAnswer: AnyObject {
    /// Asks for the answer. What comes in one read goes out as one piece.
    func run(_ deltas: DeltaSink?) async

    /// What came; nil before.
    var outcome: Result<Completion, ProviderError>? { get }
}

/// A provider whose answers can be waited for at little cost.
protocol PendingAnswerProvider: Provider {
    /// Returns an answer that is to be asked for.
    func answer(to request: CompletionRequest) -> any PendingAnswer
}

extension PendingAnswer {
    /// Returns the answer.
    func complete(_ deltas: DeltaSink?) async throws(ProviderError) -> Completion {
        await run(deltas)
        guard let outcome else { preconditionFailure("an answer has an outcome") }
        return try outcome.get()
    }
}

/// An answer over HTTP: what is sent, and what is made of what comes. Asked once more, in another way, where that may help.
protocol AnswerExchange: PendingAnswer {
    associatedtype Assembler: AnswerAssembler

    /// The endpoint, with its key chosen.
    var endpoint: ProviderEndpoint { get }

    /// The answer that comes, once its head is there.
    var stream: AnswerStream<Assembler>? { get set }

    /// How often the provider was asked.
    var requests: Int { get set }

    /// What came; nil before.
    var outcome: Result<Completion, ProviderError>? { get set }

    /// Returns the request as it is to be sent now.
    func nextRequest() throws(ProviderError) -> HTTPRequest

    /// Returns what puts the answer together.
    func assembler(of response: HTTPStreamingResponse) -> Assembler

    /// The stream is over. Returns its answer; nil where it is to be asked for once more.
    func conclude(_ failure: ProviderError?, _ deltas: DeltaSink?) throws(ProviderError) -> Completion?

    /// The provider refused. Returns where it is to be asked once more.
    ///
    /// - Throws: the refusal, where there is nothing to be done about it.
    func refused(_ refusal: HTTPResponse) throws(ProviderError)
}

extension AnswerExchange {
    /// Asks until there is an answer, or a failure.
    ///
    /// What it calls is not inlined: the temporary values of that would lie in this function's frame, which is on the heap.
    func run(_ deltas: DeltaSink?) async {
        while isWanted {
            let started = ContinuousClock.now
            guard let pending = open() else { return }
            do throws(HTTPError) {
                let response = try await pending.response()
                if (200..<300).contains(response.status) {
                    await read(begin(response, started), deltas)
                } else {
                    await refused(response)
                }
            } catch {
                fail(error)
            }
        }
    }

    private var isWanted: Bool {
        @inline(never) get { outcome == nil }
    }

    @inline(never)
    private func read(_ body: HTTPBody, _ deltas: DeltaSink?) async {
        var failure: HTTPError?
        do throws(HTTPError) {
            while stream?.isOver == false, let piece = try await body.next() { stream?.take(piece, deltas) }
        } catch {
            failure = error
        }
        end(failure, deltas)
    }

    @inline(never)
    private func refused(_ response: HTTPStreamingResponse) async {
        do throws(ProviderError) { try refused(try await endpoint.collect(response)) } catch { fail(error) }
    }

    @inline(never)
    private func end(_ failure: HTTPError?, _ deltas: DeltaSink?) {
        do throws(ProviderError) {
            outcome = try conclude(failure.map(endpoint.failure), deltas).map(Result.success)
        } catch {
            fail(error)
        }
    }

    @inline(never)
    private func fail(_ error: HTTPError) { fail(endpoint.failure(error)) }

    @inline(never)
    private func fail(_ error: ProviderError) { outcome = .failure(error.after(requests: requests)) }

    /// Returns the response that is to be waited for; nil where nothing can be sent.
    @inline(never)
    private func open() -> HTTPPendingResponse? {
        do throws(ProviderError) {
            let request = try nextRequest()
            requests += 1
            do throws(HTTPError) { return try endpoint.client.open(request) } catch { throw endpoint.failure(error) }
        } catch {
            fail(error)
            return nil
        }
    }

    /// Makes the stream of a response whose head is there. Returns where its pieces come from.
    @inline(never)
    private func begin(_ response: HTTPStreamingResponse, _ started: ContinuousClock.Instant) -> HTTPBody {
        stream = AnswerStream(response, into: assembler(of: response), started: started, after: requests)
        return response.body
    }
}

/// One streamed answer on its way from the socket to the sink; a part of its exchange.
struct AnswerStream<Assembler: AnswerAssembler> {
    let assembler: Assembler
    private let response: HTTPStreamingResponse
    /// When the provider was asked.
    private let started: ContinuousClock.Instant
    private let requests: Int
    private var firstToken: ContinuousClock.Instant?
    private var hasBegun = false
    /// Of the answer's text, in bytes.
    private var emittedBytes = 0

    @inline(never)
    init(
        _ response: HTTPStreamingResponse, into assembler: Assembler, started: ContinuousClock.Instant,
        after requests: Int
    ) {
        (self.response, self.assembler, self.started, self.requests) = (response, assembler, started, requests)
    }

    /// Whether whatever may still come does not matter.
    var isOver: Bool { assembler.isOver }

    /// Takes a piece of the body, and hands out the text in it.
    @inline(never)
    mutating func take(_ piece: [UInt8], _ deltas: DeltaSink?) {
        let text = assembler.feed(piece)
        if !hasBegun, assembler.hasBegun {
            hasBegun = true
            response.body.contentBegan()
        }
        if text.isEmpty { return }
        firstToken = firstToken ?? .now
        emittedBytes += text.utf8.count
        deltas?(text)
    }

    /// Returns the answer, once its stream is over.
    ///
    /// - Parameter failure: what broke the stream; nil where it ended by itself.
    @inline(never)
    mutating func conclude(_ failure: ProviderError?, _ deltas: DeltaSink?) throws(ProviderError) -> Completion {
        var completion = try assembler.finish(failure)
        if assembler.isOver { response.body.discardRest() }
        let ended = ContinuousClock.now
        let last = completion.content.utf8.dropFirst(max(0, emittedBytes - assembler.retractedBytes))
        if !last.isEmpty {
            firstToken = firstToken ?? ended
            deltas?(String(Substring(last)))
        }
        completion.requests = requests
        completion.time(started: started, firstToken: firstToken ?? ended, ended: ended)
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

/// Puts an answer together from the bytes of its stream, as they come. Used by one task; a reference, for it is held while
/// the next bytes are waited for.
protocol AnswerAssembler: AnyObject {
    /// Takes the next bytes.
    ///
    /// A fault does not throw: the text before it is the same however the stream was cut into pieces. It makes the
    /// answer be over, and is thrown at its end.
    ///
    /// - Returns: the answer's text in them.
    func feed(_ piece: [UInt8]) -> String

    /// Whether the model has begun: with text, or with thoughts that are not shown. Comments are no beginning.
    var hasBegun: Bool { get }

    /// Whether whatever may still come does not matter.
    var isOver: Bool { get }

    /// The bytes at the beginning of what ``feed(_:)`` returned that were the model's thoughts, as came out later.
    var retractedBytes: Int { get }

    /// The stream is over. There may be text in the answer that ``feed(_:)`` did not return: what had no end, or came as
    /// a whole.
    ///
    /// - Parameter failure: what broke it; nil where it ended by itself. An answer that was whole before stays one.
    func finish(_ failure: ProviderError?) throws(ProviderError) -> Completion
}
