import FoundationEssentials
import NATSClient
import TestSupport
import Testing

extension NATSWorkQueueOptions {
    static let test = NATSWorkQueueOptions(stream: "WORK", subjects: ["work"], consumer: "workers")
}

/// Runs the body with a server that has JetStream, a connection and an empty work queue.
func withWorkQueue(
    _ change: (inout NATSWorkQueueOptions) -> Void = { _ in }, events: Events = Events(),
    _ body: (NATSTestServer, NATSConnection, NATSWorkQueue) async throws -> Void
) async throws {
    var queueOptions = NATSWorkQueueOptions.test
    change(&queueOptions)
    try await withNATSServer(jetStream: true) { server in
        try await withConnection(options(server.url), events: events) { connection in
            try await body(server, connection, connection.workQueue(queueOptions))
        }
    }
}

/// Takes the messages of a work queue one after the other, each within the time that a test has.
actor Worker {
    private let stream: AsyncThrowingStream<NATSWorkMessage, any Error>
    private let reading: Task<Void, Never>

    init(_ queue: NATSWorkQueue) {
        let (stream, continuation) = AsyncThrowingStream<NATSWorkMessage, any Error>.makeStream()
        self.stream = stream
        reading = Task {
            do {
                for try await message in queue { continuation.yield(message) }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
    }

    deinit { reading.cancel() }

    /// The next message; nil at the end.
    func next() async throws -> NATSWorkMessage? {
        try await withTimeout { [stream] in
            var iterator = stream.makeAsyncIterator()
            return try await iterator.next()
        }
    }

    /// The next so many, as texts; each is acknowledged.
    func finish(_ count: Int) async throws -> [String] {
        var texts: [String] = []
        while texts.count < count, let message = try await next() {
            texts.append(message.text)
            try await message.ack()
        }
        return texts
    }

    func cancel() { reading.cancel() }
}

extension NATSWorkMessage {
    var text: String { String(decoding: payload, as: UTF8.self) }
}

extension NATSConnection {
    /// Puts a text into the queue, and waits until it is there.
    func put(_ text: String, on subject: String = "work") async throws {
        let answer = try await request(Array(text.utf8), to: subject, timeout: .seconds(5))
        #expect(answer.text.contains("\"stream\":\"WORK\""))
    }

    /// The messages that the queue holds.
    func held(_ stream: String = "WORK") async throws -> Int {
        struct Information: Decodable {
            struct State: Decodable { let messages: Int }
            let state: State
        }
        let answer = try await request([], to: "$JS.API.STREAM.INFO.\(stream)", timeout: .seconds(5))
        return try JSONDecoder().decode(Information.self, from: Data(answer.payload)).state.messages
    }
}
