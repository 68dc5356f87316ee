import Conversations
import CoreTestSupport
import FoundationEssentials
import NATSClient
import ServiceRuntime
import TestSupport
import Testing

@testable import Persistence

/// One instance of the service, as far as its state goes: a connection and a bucket of its own.
struct Instance: Sendable {
    let connection: NATSConnection
    let bucket: StateBucket
    let conversations: ReplicatedDocuments<Conversation>
    let story: Story

    /// Waits until the bucket is open; what was read before that is read once more.
    func opens() async throws { try await eventually { bucket.isAvailable } }

    /// Looks anew at all there is.
    func forget() { conversations.forget([0]) { _ in 0 } }

    /// The turns of a channel, by their ids.
    func turns(_ channel: String) async -> [Turn.ID] { await conversations.value(channel).turns.map(\.id) }

    /// The same, looked at anew. While the servers of a cluster agree that one is dead, a look may fail; none is of before.
    func freshTurns(_ channel: String) async throws -> [Turn.ID] {
        forget()
        while true {
            do throws(NATSError) {
                return try await conversations.read(RecordKey.encode(channel, prefix: "c")).turns.map(\.id)
            } catch {
                try Task.checkCancellation()
            }
        }
    }

    /// Says something; whether it is kept.
    @discardableResult
    func say(_ id: Turn.ID, in channel: String, answer: String = "yes", bounds: Int = 10_000) async -> Bool {
        let turn = Turn(
            id: id, time: Timestamp(milliseconds: 1_700_000_000_000), speaker: "alice", question: "is it \(id)?",
            answer: answer)
        let bounds = ConversationBounds(turns: bounds, bytes: 16 << 20)
        return await conversations.change(channel, .add(turn, replacing: nil, epoch: 0, bounds: bounds)).isPersisted
    }

    /// What is stored, read over this instance's connection, without its memory.
    func stored(_ channel: String) async throws -> Conversation? {
        let store = try await StateStore(on: connection, .patient, entries: 100)
        let stored = try await store.get(RecordKey.encode(channel, prefix: "c"), log: Record<Conversation>.logStart)
        if stored.record == nil, stored.log.entries.isEmpty { return nil }
        let log = stored.log.entries.map(\.value)
        return try Record<Conversation>.read(stored.record?.value, log: log).value
    }

    func storedTurns(_ channel: String) async throws -> [Turn.ID]? { try await stored(channel)?.turns.map(\.id) }
}

/// What an instance told of its bucket.
struct Story: Sendable {
    private let recorder = Recorder<StateEvent>()

    @Sendable func tell(_ event: StateEvent) { recorder.append(event) }

    /// How often it was too slow: with a machine that has much to do, at any time.
    var slowTimes: Int { recorder.all.count { if case .slow = $0 { true } else { false } } }

    /// A word for each other event: `available`, `unavailable`, `memoryOnly`, `foreign KEY`, `unwritable KEY`, `lost`.
    var words: [String] {
        recorder.all.compactMap { event in
            switch event {
            case .slow: nil
            case .available: "available"
            case .unavailable: "unavailable"
            case .memoryOnly: "memoryOnly"
            case .foreign(let key, _): "foreign \(key)"
            case .unwritable(let key, _): "unwritable \(key)"
            case .lost: "lost"
            }
        }
    }

    /// Waits until it is this.
    func becomes(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
        do {
            try await eventually { self.words.count >= words.count }
        } catch {
            Issue.record("told \(self.words) and not \(words)", sourceLocation: sourceLocation)
            throw error
        }
        #expect(self.words == words, sourceLocation: sourceLocation)
    }
}

/// Time that runs so many times as fast, for what the bucket does from time to time.
struct HastyTime: TimeSource {
    private let beginning = ContinuousClock.now
    private let factor: Int

    init(_ factor: Int = 20) { self.factor = factor }

    var now: ContinuousClock.Instant { beginning + (ContinuousClock.now - beginning) * factor }
    var timestamp: Timestamp { .current() }

    func call(at instant: ContinuousClock.Instant, _ block: @escaping @Sendable () -> Void) {
        SystemTime().call(at: ContinuousClock.now + (instant - now) / factor, block)
    }
}

extension NATSKeyValueOptions {
    static let test = NATSKeyValueOptions(bucket: "test")

    /// The logs' bucket beside it.
    static let testTurns = NATSKeyValueOptions(bucket: "test_turns")

    /// With writeTimeout for a machine that has much to do.
    static let patient = { () -> NATSKeyValueOptions in
        var options = NATSKeyValueOptions.test
        options.timeout = .seconds(20)
        return options
    }()

    /// Where the server is going to be away.
    static let hurried = { () -> NATSKeyValueOptions in
        var options = NATSKeyValueOptions.test
        options.timeout = .seconds(2)
        return options
    }()
}

extension ReplicaLimits {
    /// Where a change is to be kept, however long that takes here.
    static let patient = { () -> ReplicaLimits in
        var limits = ReplicaLimits()
        limits.writeTimeout = .seconds(1000)
        return limits
    }()
}

/// Runs the body with an instance, which ends afterwards; checks that it does.
func withInstance<Value: Sendable>(
    of url: String, _ options: NATSKeyValueOptions = .patient, limits: ReplicaLimits = .patient,
    time: any TimeSource = HastyTime(), _ body: @escaping @Sendable (Instance) async throws -> Value
) async throws -> Value {
    try await withInstance(of: [url], options, limits: limits, time: time, body)
}

/// The same with the servers of a cluster.
func withInstance<Value: Sendable>(
    of urls: [String], _ options: NATSKeyValueOptions = .patient, limits: ReplicaLimits = .patient,
    time: any TimeSource = HastyTime(), _ body: @escaping @Sendable (Instance) async throws -> Value
) async throws -> Value {
    var nats = NATSOptions(servers: urls, name: "test")
    nats.reconnectWait = .milliseconds(20)
    nats.reconnectJitter = .milliseconds(10)
    let connection = try await NATSConnection.connect(nats) { _ in }
    let story = Story()
    // All of the same name: that must not matter.
    let bucket = StateBucket(on: connection, options: options, instance: "i", time: time, onEvent: story.tell)
    let conversations = bucket.documents(of: Conversation.self, limits: limits)
    let instance = Instance(connection: connection, bucket: bucket, conversations: conversations, story: story)
    let running = Task { await bucket.run() }
    let result: Result<Value, any Error>
    do {
        result = .success(try await within(.seconds(100)) { try await body(instance) })
    } catch {
        result = .failure(error)
    }
    running.cancel()
    try await within { await running.value }
    await connection.close()
    return try result.get()
}
