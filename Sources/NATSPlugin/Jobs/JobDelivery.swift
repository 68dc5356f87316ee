import BusProtocol
import FoundationEssentials
import JSON
import LLMService
import NATSClient
import ServiceRuntime
import Synchronization

/// One delivery of a job, on its way through the plugin: takes the answer that would else go to the bus.
final class JobDelivery: Sendable {
    /// What the plugin made of it.
    enum Ending: Sendable {
        case answer([UInt8])
        case failure(LLMError, text: String)
        /// It was wrong in itself; nothing was done for it.
        case rejection(LLMError)
    }

    private struct State {
        var claim: Result<JobLedger.Outcome, NATSError>?
        var ending: Ending?
        var isConcluded = false
    }

    let message: NATSWorkMessage
    /// What the message asks for. Where its sender gave no id, it has one that the sender knows too: from the number that
    /// JetStream's acknowledgement has.
    let request: DecodedRequest
    /// What is written down of where it came from.
    private let source: JobSource
    private let worker: JobWorker
    private let state = Mutex(State())

    init(_ message: NATSWorkMessage, worker: JobWorker, limits: RequestLimits) {
        self.message = message
        self.worker = worker
        let object = JSONObject(message.payload)
        source = JobSource(sequence: message.sequence, time: message.time, object?.fields)
        var request = Endpoint.decode(message.subject, object, reply: nil, limits: limits)
        if !request.context.hasSenderID { request.context.requestID = "job-\(message.sequence)" }
        self.request = request
    }

    /// Whether it was typed in a room.
    var isCommand: Bool { message.subject == Subjects.command }

    /// What its record is kept under.
    ///
    /// A stream that is made anew counts from one again, so the number alone does not say which message it was.
    private var key: String {
        request.context.identity.map { "id." + SHA256.hexadecimal($0.utf8) }
            ?? "sequence.\(message.sequence).\(message.time)"
    }

    /// Which way it came in.
    var door: Door { isCommand ? .command : .job }

    /// Its claim, if there has been one.
    var claim: JobClaim? {
        switch state.withLock({ $0.claim }) {
        case .success(.run(let claim)), .success(.publish(let claim)), .success(.giveUp(let claim)): claim
        case .success(.wait), .success(.over), .success(.again), .success(.foreign), .success(.unkept), .failure,
            nil:
            nil
        }
    }

    /// What the plugin made of it; nil where it was not to be run.
    var ending: Ending? { state.withLock { $0.ending } }

    // MARK: for the plugin

    /// The turn that it makes, in whichever conversation: the same at each delivery.
    var turnID: String { "job." + key }

    /// Makes it ours, unless that was tried before. Returns whether it is to be run, here and now.
    ///
    /// Whoever stops a request cancels its task; whose the job is it must find out all the same.
    func isToRun() async -> Bool {
        await Task(executorPreference: worker.connection.loop) {
            switch await self.claimed() {
            case .success(.run), .success(.unkept): true
            case .success, .failure: false
            }
        }.value
    }

    /// Begins with it, in this instance.
    func take(_ admission: Admission) { worker.take(self, admission) }

    /// Another instance has it: nothing more is done about it here, not even that it is given back.
    func letGo() { state.withLock { $0.isConcluded = true } }

    /// Its answer, or why there is none. The first one counts.
    func take(_ ending: Ending) { state.withLock { if $0.ending == nil { $0.ending = ending } } }

    /// Sees to it that its answer is kept and sent, or that it is tried again. Once; also called where nothing else is due.
    func conclude() async {
        let isFirst = state.withLock { state in
            defer { state.isConcluded = true }
            return !state.isConcluded
        }
        if isFirst { await worker.conclude(self) }
    }

    // MARK: for the worker

    /// Makes it ours, unless that was tried before.
    func claimed() async -> Result<JobLedger.Outcome, NATSError> {
        if let claim = state.withLock({ $0.claim }) { return claim }
        let result: Result<JobLedger.Outcome, NATSError>
        do throws(NATSError) { result = .success(try await worker.ledger.claim(key, source)) } catch {
            if error.code == .noBucket { try? await worker.ledger.reopen() }
            // Better answered twice than never; but what is wrong may pass soon.
            let isUnkept = isCommand && message.deliveries > 1 && error.code != .closed
            if isUnkept { worker.complain(unkept: error) }
            result = isUnkept ? .success(.unkept) : .failure(error)
        }
        state.withLock { $0.claim = result }
        return result
    }
}
