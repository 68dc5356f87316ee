import BusProtocol
import Concurrency
import LLMService
import NATSClient
import Observability
import ServiceRuntime
import Synchronization

/// Takes jobs from JetStream, as long as there is one; tries again and again where there is none.
final class JobRunner: Sendable {
    /// The stream that keeps the jobs.
    static let stream = "ROSEY_LLM_JOBS"

    private struct State {
        var isStopping = false
        /// Whether jobs are taken from the queue; what others hand over is taken all the same.
        var isTaking = false
        var queue: NATSWorkQueue?
        var worker: JobWorker?
        /// What is typed in rooms, while no JetStream keeps it for us.
        var plain: NATSDirectSubscription?
        var pause: WaitSlot<Void>?
    }

    private let connection: NATSConnection
    private let settings: JobSettings
    private let isEnabled: Bool
    private let instance: String
    private let log: Log
    private let time: any TimeSource
    /// Jobs that wait for their claims, each channel's in their order.
    private let order: RequestQueue
    private let state = Mutex(State())

    /// - Parameters:
    ///   - settings: nil: jobs are not taken.
    ///   - instance: tells this process from others.
    init(
        _ settings: JobSettings?, on connection: NATSConnection, instance: String, log: Log, time: any TimeSource
    ) {
        isEnabled = settings != nil
        let settings = settings ?? JobSettings()
        (self.settings, self.connection, self.instance) = (settings, connection, instance)
        (self.log, self.time) = (log, time)
        // Twice: those of a queue that was lost may still be at work beside those of its successor.
        let places = settings.maxRunning * 2
        order = RequestQueue(limits: QueueLimits(running: places, waiting: places, waitingPerChannel: places))
    }

    /// What it takes.
    var subjects: [String] {
        isEnabled ? Self.subjects(settings) : []
    }

    /// Works until it is drained and all that was begun is done.
    func run(_ plugin: NATSPlugin) async {
        guard isEnabled else { return await withdrawCommands() }
        await work(plugin)
        // What was given back last is not to wait for us to be missed.
        let queue = state.withLock { state in
            state.worker = nil
            return state.queue
        }
        await queue?.settle()
    }

    /// Begins or ends to take jobs from the queue: one instance does, and hands them on as it does all messages.
    func take(_ isTaking: Bool) {
        state.withLock { state in
            state.isTaking = isTaking
            if isTaking { state.queue?.resume() } else { state.queue?.pause() }
        }
    }

    private func work(_ plugin: NATSPlugin) async {
        await withDiscardingTaskGroup { group in
            var failures = 0
            while !isStopping {
                // Otherwise every try would lie in the library's buffer, and be made when the server is back.
                guard connection.isConnected else {
                    if connection.isClosed { return }
                    await pause(.milliseconds(200))
                    continue
                }
                do throws(NATSError) {
                    let (queue, worker) = try await open(plugin)
                    failures = 0
                    endPlainCommands(&group)
                    for try await message in queue { await receive(message, worker) }
                    return
                } catch {
                    if error.code == .closed { return }
                    failures += 1
                    tell(error, isFirst: failures == 1)
                    takePlainCommands(plugin, &group)
                }
                await pause(min(.seconds(30), .milliseconds(250) * (1 << min(failures, 8))))
            }
        }
    }

    /// Takes nothing new, and gives back what has not begun; what has is finished.
    func drain() async {
        let (queue, plain, pause) = state.withLock { state in
            state.isStopping = true
            return (state.queue, state.plain, state.pause)
        }
        pause?.resume()
        await queue?.drain()
        await plain?.drain()
    }

    /// Asks for nothing new: the service ends, and others are to have what is left.
    func stop() { state.withLock { $0.queue }?.stop() }

    /// Whether it is being drained.
    var isStopping: Bool { state.withLock { $0.isStopping } }

    // MARK: jobs, wherever they come from

    /// Takes over a job that another instance has taken from the queue; nil where none is open here.
    func adopt(_ message: NATSMessage) -> JobDelivery? {
        let (queue, worker) = state.withLock { ($0.queue, $0.worker) }
        guard let worker, let adopted = queue?.adopt(message) else { return nil }
        return JobDelivery(adopted, worker: worker, limits: worker.plugin.limits)
    }

    /// How many jobs wait for their claims.
    var unclaimed: Int {
        let load = order.load
        return load.running + load.waiting
    }

    /// The channels of those that wait for their claims.
    var unclaimedChannels: [String] { order.channels }

    /// Whether a job of a channel waits for its claim.
    func isUnclaimed(_ channel: String) -> Bool { order.isBusy(channel) }

    // MARK: -

    private func open(_ plugin: NATSPlugin) async throws(NATSError) -> (NATSWorkQueue, JobWorker) {
        let (queue, ledger) = try await Self.open(settings, on: connection, instance: instance, time: time)
        let worker = JobWorker(
            plugin, self, ledger, order, connection: connection, ackWait: queue.ackWait, settings: settings)
        let isStopping = state.withLock { state in
            (state.queue, state.worker) = (queue, worker)
            if !state.isTaking { queue.pause() }
            return state.isStopping
        }
        // Whoever drains did not see it.
        if isStopping { await queue.drain() }
        log.info("Taking jobs", [.subject: subjects.joined(separator: " ")])
        return (queue, worker)
    }

    /// Opens the stream with the jobs and the bucket with their answers; makes them where they are not there.
    static func open(
        _ settings: JobSettings, on connection: NATSConnection, instance: String, time: any TimeSource,
        changesPresent: Bool = true
    ) async throws(NATSError) -> (NATSWorkQueue, JobLedger) {
        var options = NATSWorkQueueOptions(
            stream: stream, subjects: subjects(settings), consumer: Subjects.queueGroup)
        if !settings.takesCommands { options.withoutSubjects = [Subjects.command] }
        // What nobody has taken for a week is of no use to anybody.
        options.maxAge = .seconds(7 * 86_400)
        options.ackWait = settings.ackWait
        options.maxOutstanding = settings.maxRunning
        options.replicas = settings.replicas
        options.changesPresent = changesPresent
        let queue = try await connection.workQueue(options)
        let ledger = try await JobLedger.open(
            on: connection, instance: instance, patience: queue.ackWait, settings: settings, time: time)
        return (queue, ledger)
    }

    private static func subjects(_ settings: JobSettings) -> [String] {
        [Subjects.job] + (settings.takesCommands ? [Subjects.command] : [])
    }

    /// On the connection's loop, like all messages that come in.
    private func receive(_ message: NATSWorkMessage, _ worker: JobWorker) async {
        await connection.loop.run {
            if worker.dismisses(message) { return }
            let plugin = worker.plugin
            plugin.receiver.receive(
                IncomingMessage(JobDelivery(message, worker: worker, limits: plugin.limits)))
        }
    }

    private func tell(_ error: NATSError, isFirst: Bool) {
        guard isFirst else { return }
        if error.code == .noJetStream {
            log.warning(
                "Jobs are not taken: there is no JetStream",
                [.subject: Subjects.job, .hint: "nats-server -js keeps them"])
        } else {
            log.warning(
                "Jobs cannot be taken now; trying again",
                [.subject: Subjects.job, .reason: error.description])
        }
    }

    private func pause(_ delay: Duration) async {
        let slot = WaitSlot<Void>()
        let isStopping = state.withLock { state in
            state.pause = slot
            return state.isStopping
        }
        guard !isStopping else { return }
        time.call(at: time.now + delay) { slot.resume() }
        _ = await slot.wait()
    }

    // MARK: commands without JetStream

    /// A stream of former times is not to go on keeping what is typed: that is answered the plain way, and nobody would take
    /// it from there. Tries for a while: JetStream may come later than we do.
    private func withdrawCommands() async {
        for number in 1...6 where !isStopping && !connection.isClosed {
            if connection.isConnected {
                do throws(NATSError) {
                    return try await connection.withdraw([Subjects.command], from: Self.stream)
                } catch {
                    log.debug("Cannot find out whether a stream keeps commands", [.reason: error.description])
                }
            }
            await pause(.milliseconds(250) * (1 << number))
        }
    }

    /// Nothing gives us what is typed; it is to be answered all the same. (Where the stream has it too it is answered
    /// again when that can be opened: better twice than never.)
    private func takePlainCommands(_ plugin: NATSPlugin, _ group: inout DiscardingTaskGroup) {
        guard settings.takesCommands, state.withLock({ $0.plain == nil && !$0.isStopping }) else { return }
        guard
            let plain = try? connection.subscribe(
                Subjects.command, queueGroup: Subjects.queueGroup, onMessage: plugin.receiver.receive)
        else { return }
        let isStopping = state.withLock { state in
            state.plain = plain
            return state.isStopping
        }
        // Whoever drains did not see it.
        if isStopping { group.addTask { await plain.drain() } }
    }

    private func endPlainCommands(_ group: inout DiscardingTaskGroup) {
        let plain = state.withLock { state in
            defer { state.plain = nil }
            return state.plain
        }
        if let plain { group.addTask { await plain.drain() } }
    }
}
