import BusProtocol
import Concurrency
import Configuration
import NATSClient
import ServiceRuntime

/// `rosey-llm bench`: a closed loop of requests on a running service. Each slot owns a channel and has one request in
/// flight; its answer, or its error, sends the next.
struct BenchCommand {
    let concurrency: Int
    let seconds: Double
    let provider: String?
    let terminal: Terminal

    func run(_ configuration: Configuration) async throws(CommandFailure) {
        try await ServiceClient.with(configuration.nats) { client throws(CommandFailure) in
            do { try await run(client.connection) } catch let error as CommandFailure { throw error } catch {
                throw CommandFailure(.unavailable, "NATS: \(error)")
            }
        }
    }

    private func run(_ connection: NATSConnection) async throws {
        let prefix = "bench-\(UInt32.random(in: .min ... .max))-"
        let answers = try connection.subscribe(Subjects.response)
        let errors = try connection.subscribe(Subjects.error)
        try await connection.flush(timeout: .seconds(5))
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let loop = BenchLoop(slots: concurrency, prefix: prefix, end: end)
        let send: @Sendable (Int) -> Void = { slot in
            try? connection.publish(payload(prefix, slot), to: Subjects.request)
        }

        for slot in 0..<concurrency {
            loop.start(slot)
            send(slot)
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await message in answers { if let slot = loop.end(message.payload, isError: false) { send(slot) } }
            }
            group.addTask {
                for await message in errors { if let slot = loop.end(message.payload, isError: true) { send(slot) } }
            }
            try? await Task.sleep(until: end, clock: .continuous)
            let patience = end + .seconds(10)
            while loop.result.unanswered > 0, ContinuousClock.now < patience {
                try? await Task.sleep(for: .milliseconds(20))
            }
            await answers.drain()
            await errors.drain()
        }
        report(loop.result)
        if loop.result.latencies.isEmpty {
            throw CommandFailure(.unavailable, "No answer came: is a service running? See: rosey-llm check")
        }
    }

    private func payload(_ prefix: String, _ slot: Int) -> [UInt8] {
        var request = LLMRequest(
            .chat, channelID: "\(prefix)\(slot)", username: "bench",
            message: "What is the answer to question \(slot)?")
        request.provider = provider
        return request.encode()
    }

    private func report(_ result: BenchLoop.Result) {
        let sorted = result.latencies.sorted()
        func percentile(_ share: Double) -> String {
            guard !sorted.isEmpty else { return "-" }
            return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))].millisecondsText
        }
        terminal.say("concurrency   \(concurrency)")
        terminal.say("answers       \(sorted.count)")
        terminal.say("requests/s    \(Int(Double(sorted.count) / seconds))")
        terminal.say("p50           \(percentile(0.5)) ms")
        terminal.say("p99           \(percentile(0.99)) ms")
        terminal.say("errors        \(result.errors)")
        terminal.say("unanswered    \(result.unanswered)")
    }
}

extension Duration {
    fileprivate var millisecondsText: String {
        let micros = Int((seconds * 1_000_000).rounded())
        let fraction = String(micros % 1000)
        return "\(micros / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}
