import BusProtocol
import FoundationEssentials
import HTTPTransport
import JSON
import LLMService
import LanguageModels
import NATSClient
import Observability
import ServiceRuntime
import Synchronization
import TestSupport
import Testing

@testable import NATSPlugin

/// A bus with JetStream, a model server, a client of its own, and as many instances of the service as are started.
final class JobStage: Sendable {
    let server: NATSTestServer
    let ollama: FakeOllama
    let client: NATSConnection
    private let url: String
    private let instances = Mutex<[JobInstance]>([])

    private init(_ server: NATSTestServer, _ ollama: FakeOllama, _ client: NATSConnection, _ url: String) {
        (self.server, self.ollama, self.client, self.url) = (server, ollama, client, url)
    }

    /// Runs the body; ends all instances in order afterwards.
    static func with(jetStream: Bool = true, _ body: @escaping @Sendable (JobStage) async throws -> Void) async throws {
        let ollama = FakeOllama()
        try await withNATSServer(jetStream: jetStream) { server in
            try await withHTTPServer(handler: ollama.handle) { _, url in
                let stage = JobStage(server, ollama, try await Stage.connect(server), url)
                let result = await Result { try await withTimeout(.seconds(100)) { try await body(stage) } }
                for instance in stage.instances.withLock({ $0 }) { await instance.stop() }
                await stage.client.close()
                try result.get()
            }
        }
    }

    /// Starts an instance, and waits until it takes jobs, unless that is not to be waited for.
    @discardableResult
    func start(
        takesJobs: Bool = true, isEnabled: Bool = true, service: ServiceSettings = ServiceSettings(),
        time: any TimeSource = SystemTime(), bridge: BridgeSettings? = nil, agent: AgentSettings? = nil,
        _ change: (inout JobSettings) -> Void = { _ in }
    ) async throws -> JobInstance {
        var jobs = JobSettings()
        jobs.ackWait = .seconds(1)
        change(&jobs)
        let instance = try await JobInstance(server, url, isEnabled ? jobs : nil, service, time, bridge, agent)
        instances.withLock { $0.append(instance) }
        if takesJobs { try await instance.log.wait(for: "Taking jobs") }
        return instance
    }

    /// Starts so many instances, and waits until they know each other. The first one receives.
    func start(
        _ count: Int, agent: AgentSettings? = nil, _ change: (inout JobSettings) -> Void = { _ in }
    ) async throws -> [JobInstance] {
        var started: [JobInstance] = []
        for _ in 0..<count { started.append(try await start(agent: agent, change)) }
        let all = started
        try await eventually { all.allSatisfy { $0.plugin.peerCount == count - 1 } }
        return all
    }

    /// Publishes a job, and waits until JetStream has it. Returns its number.
    @discardableResult
    func put(_ json: String, on subject: String = Subjects.job) async throws -> Int {
        let answer = try await client.request(Array(json.utf8), to: subject, timeout: .seconds(10))
        guard case .integer(let number)? = JSONValue.parse(answer.payload)?.object?["seq"] else { throw TimedOut() }
        return number
    }

    /// Asks as a room does, the plain way, as soon as somebody listens.
    func request(_ words: String) async throws -> NATSMessage {
        let words = Array(Stage.command(words, in: "lobby", id: "1").utf8)
        return try await asking { [client] in
            do {
                return try await client.request(words, to: Subjects.command, timeout: .seconds(5))
            } catch let error as NATSError where error.code == .noResponders {
                // That there is nothing to take jobs from is said just before somebody listens.
                return nil
            }
        }
    }

    /// The JSON of a job for a channel.
    static func chat(_ message: String, in channel: String = "c", id: String? = nil, _ more: String = "") -> String {
        let id = id.map { #","request_id":"\#($0)""# } ?? ""
        return #"{"action":"chat","channel_id":"\#(channel)","message":"\#(message)"\#(id)\#(more)}"#
    }

    /// Listens; everything published afterwards is heard.
    func listen(_ subject: String) async throws -> Ear {
        let subscription = try client.subscribe(subject)
        try await client.flush(timeout: .seconds(5))
        return Ear(subscription)
    }

    /// Waits until the client is connected.
    func connected() async throws {
        try await asking { [client] in try? await client.flush(timeout: .seconds(1)) }
    }

    /// Waits until no job is left.
    func emptied() async throws {
        try await asking { [client] in
            let answer = try await client.request(
                [], to: "$JS.API.STREAM.INFO.\(JobRunner.stream)", timeout: .seconds(5))
            let state = JSONValue.parse(answer.payload)?.object?["state"]?.object
            return state?["messages"] == .integer(0) ? () : nil
        }
    }

    /// How often JetStream has delivered a job, again included.
    func deliveries() async throws -> Int {
        let path = "\(JobRunner.stream).\(Subjects.queueGroup)"
        let answer = try await client.request([], to: "$JS.API.CONSUMER.INFO.\(path)", timeout: .seconds(5))
        let delivered = JSONValue.parse(answer.payload)?.object?["delivered"]?.object
        guard case .integer(let count)? = delivered?["consumer_seq"] else {
            throw TimedOut("the consumer of \(path) says nothing of its deliveries")
        }
        return count
    }

    /// Waits until a job is given back, and gives what is known of it then.
    func givenBack(_ id: String, in channel: String = "c") async throws -> JobRecord {
        let bucket = try await bucket()
        let identity = ReplyContext.identity(id, within: "chat", channel)
        let key = "id." + SHA256.hexadecimal(identity.utf8)
        return try await asking {
            guard let value = try await bucket.get(key)?.value, let record = JobRecord(value) else { return nil }
            return record.stage == .waiting ? record : nil
        }
    }

    /// How the stream is configured, as soon as it is as wanted.
    func stream(when isRight: @escaping @Sendable ([String: JSONValue]) -> Bool) async throws -> [String: JSONValue] {
        try await asking { [client] in
            let answer = try await client.request(
                [], to: "$JS.API.STREAM.INFO.\(JobRunner.stream)", timeout: .seconds(5))
            let config = JSONValue.parse(answer.payload)?.object?["config"]?.object
            return config.flatMap { isRight($0) ? $0 : nil }
        }
    }

    /// The bucket of what is known of jobs.
    func bucket() async throws -> NATSKeyValue {
        try await client.keyValue(NATSKeyValueOptions(bucket: JobLedger.bucket))
    }
}

/// One instance of the service, with a connection of its own.
final class JobInstance: Sendable {
    let service: LLMService
    let plugin: NATSPlugin
    let log = Lines()
    private let connection: NATSConnection
    private let http: HTTPClient
    private let running: Task<Void, Never>

    init(
        _ server: NATSTestServer, _ url: String, _ jobs: JobSettings?, _ serviceSettings: ServiceSettings,
        _ time: any TimeSource, _ bridge: BridgeSettings? = nil, _ agent: AgentSettings? = nil
    ) async throws {
        var ollama = ProviderSettings(.ollama)
        ollama.baseURL = url
        ollama.timeouts = HTTPTimeouts(within: .seconds(60))
        http = HTTPClient(maxConnections: 256)
        let registry = ProviderRegistry()
        registry.register(OllamaProvider(ollama, client: http), policy: ProviderPolicy(maxRetries: 0))
        service = LLMService(registry: registry, settings: serviceSettings)
        connection = try await Stage.connect(server)
        var settings = PluginSettings()
        settings.jobs = jobs
        settings.bridge = bridge
        settings.agent = agent
        let plugin = try NATSPlugin(
            service, on: connection, settings: settings, log: Log(level: .debug, write: log.write), time: time)
        self.plugin = plugin
        await plugin.started()
        try await connection.flush(timeout: .seconds(5))
        running = Task { await plugin.run() }
    }

    /// Its connection breaks, and it says nothing more to anybody.
    func kill() async {
        await connection.close()
        await stop()
    }

    /// Ends it as a signal does, its work left to others; what runs gets no time.
    func end() async {
        await plugin.handOver()
        await stop()
    }

    /// Ends it as a signal does where there are no others, but what runs gets no time.
    func stop() async {
        service.beginShutdown()
        service.abandon()
        await plugin.drain()
        await running.value
        await connection.close()
        await http.shutDown()
    }
}

/// The machine's time, by a calendar that is ahead.
struct TimeAhead: TimeSource {
    let lead: Duration
    private let system = SystemTime()

    init(_ lead: Duration) { self.lead = lead }

    var now: ContinuousClock.Instant { system.now }
    var timestamp: Timestamp { system.timestamp + lead }
    func call(at instant: ContinuousClock.Instant, _ block: @escaping @Sendable () -> Void) {
        system.call(at: instant, block)
    }
}

extension Lines {
    /// Waits until something has been logged.
    func wait(for text: String) async throws {
        try await asking { self.all.contains(text) ? () : nil }
    }
}
