import Concurrency
import HTTPTransport
import JSON
package import Observability
package import ServiceRuntime
import Synchronization

/// Sends spans to a collector, a batch at a time, behind the answers: nobody waits for it, and what it cannot send is lost.
///
/// Wire: OTLP/HTTP in JSON (`opentelemetry-proto`, `docs/specification.md`).
package final class SpanExporter: SpanSink {
    private struct State {
        var queue: SpanQueue
        /// Of a wait for spans, and of one for the collector.
        var wakeup, pause: WaitSlot<Void>?
        var isClosing = false
    }

    private let settings: ExportSettings
    private let version: String
    private let logger: ExportLogger
    private let time: any TimeSource
    private let client: HTTPClient
    private let state: Mutex<State>

    /// - Parameter version: of this program.
    package init(_ settings: ExportSettings, version: String, log: Log, time: any TimeSource = SystemTime()) {
        (self.settings, self.version, self.time) = (settings, version, time)
        logger = ExportLogger(log: log, server: settings.server, time: time)
        client = HTTPClient(maxConnections: 2)
        state = Mutex(State(queue: SpanQueue(size: settings.queueSize, batchSize: settings.batchSize)))
    }

    /// Takes a span, if there is room.
    package func take(_ span: SpanRecord) {
        let wakeup = state.withLock { $0.queue.add(span) ? $0.wakeup : nil }
        wakeup?.resume()
    }

    /// Sends what comes until ``close()``, and then what is left. Cancelling it gives that up.
    package func run() async {
        while await isToGoOn() { await sendAll() }
        await sendAll()
        logger.lost(state.withLock { $0.queue.takeLost() }, isLast: true)
        await client.shutDown()
    }

    /// Nothing more comes: what is left is sent at once.
    package func close() {
        let (wakeup, pause) = state.withLock { state in
            state.isClosing = true
            return (state.wakeup, state.pause)
        }
        wakeup?.resume()
        pause?.resume()
    }

    /// Waits until there is enough for a request, or it has waited long enough. False: it is the end.
    private func isToGoOn() async -> Bool {
        let wakeup = WaitSlot<Void>()
        let isDue = state.withLock { state in
            state.wakeup = wakeup
            return state.isClosing || state.queue.isDue
        }
        if !isDue {
            time.call(at: time.now + settings.delay) { wakeup.resume() }
            guard await wakeup.wait() != nil else { return false }
        }
        return state.withLock { !$0.isClosing }
    }

    /// All that waits now; what comes meanwhile has its turn when there is enough of it.
    private func sendAll() async {
        repeat {
            let batch = state.withLock { $0.queue.next() }
            guard !batch.isEmpty else { return }
            let lost = Task.isCancelled ? batch.count : await send(batch)
            logger.lost(
                state.withLock { state in
                    state.queue.lose(lost)
                    return state.queue.takeLost()
                })
        } while state.withLock({ $0.isClosing || Task.isCancelled ? !$0.queue.isEmpty : $0.queue.isDue })
    }

    /// Returns how many were lost.
    private func send(_ batch: [SpanRecord]) async -> Int {
        let body = SpanBatch.encoded(batch, resource: settings.resource, version: version)
        let end = time.now + settings.batchTimeout
        var tries = ExportTries(until: end)
        while true {
            switch await attempt(body, by: end) {
            case .taken(let rejected):
                logger.sent()
                return min(rejected, batch.count)
            case .refused: return batch.count
            // Who is away when we end is not waited for.
            case .away where state.withLock({ $0.isClosing }): return batch.count
            case .away: if await !pause(&tries, asked: nil) { return batch.count }
            case .later(let asked): if await !pause(&tries, asked: asked) { return batch.count }
            }
        }
    }

    /// Waits to try again. If the end comes meanwhile, that is at once. False: it was given up.
    private func pause(_ tries: inout ExportTries, asked: Duration?) async -> Bool {
        guard let instant = tries.next(after: asked, now: time.now, random: .random(in: 0...1)) else { return false }
        let pause = WaitSlot<Void>()
        state.withLock { $0.pause = pause }
        time.call(at: instant) { pause.resume() }
        return await pause.wait() != nil
    }

    private func attempt(_ body: [UInt8], by end: ContinuousClock.Instant) async -> ExportTries.Outcome {
        var headers = settings.headers.map { (name: $0.name, value: $0.value.revealed) }
        headers.append(("Content-Type", "application/json"))
        let limit = max(.milliseconds(1), min(settings.timeout, end - time.now))
        let request = HTTPRequest(
            .post, settings.endpoint, headers: headers, body: body,
            timeouts: HTTPTimeouts(connect: min(limit, .seconds(5)), firstByte: limit, idle: limit, total: limit),
            maxResponseBytes: 1 << 20)
        do throws(HTTPError) {
            let response = try await client.send(request)
            let rejected = response.status < 300 ? Self.rejected(Array(response.body)) : 0
            let outcome = ExportTries.Outcome(
                status: response.status, asked: response.headers["Retry-After"], rejected: rejected)
            if rejected > 0 {
                logger.failed("rejected some spans")
            } else if case .taken = outcome {
            } else {
                logger.failed("status \(response.status)")
            }
            return outcome
        } catch {
            guard error.code != .cancelled, error.code != .shutDown else { return .refused }
            logger.failed(error.code.description)
            return error.code == .badRequest || error.code == .tooLarge ? .refused : .away
        }
    }

    /// How many spans of a request that was taken were not: `partialSuccess.rejectedSpans`, a 64-bit number.
    private static func rejected(_ body: [UInt8]) -> Int {
        switch JSONValue.parse(body)?.object?["partialSuccess"]?.object?["rejectedSpans"] {
        case .integer(let count): max(0, count)
        case .string(let count): max(0, Int(count) ?? 0)
        default: 0
        }
    }
}
