import BusProtocol
import FoundationEssentials
import LLMService
import NATSClient
import Observability
import ServiceRuntime

extension JobWorker {
    /// Sends an answer, and makes sure that the server has it: where the connection breaks meanwhile, once more.
    ///
    /// - Returns: whether the server has it.
    func send(_ result: JobResult, _ attempts: Int, _ delivery: JobDelivery) async -> Bool {
        await deliver(delivery) { () throws(NATSError) in
            send(result, to: delivery)
            if let code = result.deadCode {
                try DeadLetter.send(
                    delivery.message, code: code, attempts: attempts, instance: plugin.settings.instance,
                    on: connection)
            }
        }
    }

    /// Has something sent until the server has it. Returns whether it has.
    private func deliver(_ delivery: JobDelivery, _ send: () throws(NATSError) -> Void) async -> Bool {
        await insist(delivery.message) { () throws(NATSError) in
            // What is sent to nobody lies in the library's buffer, and would be there twice.
            guard connection.isConnected else { throw NATSError(.notConnected, "no NATS server is connected") }
            try send()
            try await connection.flush(timeout: .seconds(2))
        } != nil
    }

    private func send(_ result: JobResult, to delivery: JobDelivery) {
        plugin.outbox.publish(
            result.sent, on: result.isError ? Subjects.error : Subjects.response, to: delivery.request.context)
    }

    /// Somebody asks again for what was answered: they get what was kept, and nobody else hears of it.
    func answer(_ delivery: JobDelivery, again result: JobResult) async {
        plugin.log.debug(
            "A job was asked for again; whoever did gets the answer that was kept",
            [.requestID: delivery.request.context.requestID])
        await tell(delivery) { plugin.outbox.send(again: result.sent, to: delivery.request.context) }
    }

    /// Its id is another job's, which is answered, or will be.
    func refuse(_ delivery: JobDelivery) async {
        plugin.log.debug(
            "A job has the id of another one, and is refused", [.requestID: delivery.request.context.requestID])
        let text = "request_id: this id was used for another job; please take a new one"
        let result = result(LLMError(.invalidRequest, text), delivery)
        await tell(delivery) { send(result, to: delivery) }
    }

    /// Sends what is written down nowhere, and is done with the message when the server has it.
    private func tell(_ delivery: JobDelivery, _ send: () -> Void) async {
        let message = delivery.message
        guard await deliver(delivery, send) else { return message.nak(delay: backoff(message.deliveries)) }
        await acknowledge(message)
    }

    /// Writes into a job's record.
    ///
    /// - Returns: whether the job is still ours; nil where that could not be found out.
    func write(
        _ delivery: JobDelivery, _ claim: JobClaim, _ change: @Sendable @escaping (inout JobRecord) -> Void
    ) async -> Bool? {
        await insist(delivery.message) { () throws(NATSError) in
            do throws(NATSError) { return try await claim.write(change) } catch {
                if error.code == .noBucket { try await ledger.reopen() }
                throw error
            }
        }
    }

    /// It is done, and to come no more. If the server does not hear of it, it comes again, and is found done.
    func acknowledge(_ message: NATSWorkMessage) async {
        let isAcknowledged: Void? = await insist(message) { () throws(NATSError) in
            do throws(NATSError) { try await message.ack() } catch {
                // The queue is gone, and with it the message.
                guard error.code == .noResponders else { throw error }
            }
        }
        if isAcknowledged == nil { message.acknowledge() }
    }

    /// Tries until it works; a minute at most, and a moment only while the service ends.
    func insist<Value: Sendable>(
        _ message: NATSWorkMessage, _ body: () async throws(NATSError) -> Value
    ) async -> Value? {
        for number in 1...30 {
            do throws(NATSError) { return try await body() } catch {
                complain(error)
                guard error.code != .closed, number < 3 || !runner.isStopping else { return nil }
            }
            message.inProgress()
            let time = plugin.time
            try? await time.sleep(until: time.now + min(.seconds(2), .milliseconds(50) * (1 << min(number, 6))))
        }
        return nil
    }

    /// How long to wait before it is tried again.
    func backoff(_ attempts: Int) -> Duration { .seconds(min(60, 1 << min(max(attempts, 1), 6))) }

    func complain(unkept error: NATSError) {
        guard let heldBack = plugin.throttle.admit("jobs.unkept") else { return }
        plugin.log.warning(
            "A command cannot be recorded; it is answered all the same, perhaps twice",
            [.reason: error.description, .heldBack: String(heldBack)])
    }

    func complain(_ error: NATSError) {
        guard let heldBack = plugin.throttle.admit("jobs") else { return }
        plugin.log.warning(
            "A step of a job could not be stored or sent; it is tried again",
            [.reason: error.description, .heldBack: String(heldBack)])
    }

    /// A failure as it goes out.
    func result(
        _ error: LLMError, text: String? = nil, _ delivery: JobDelivery, deadCode: String? = nil
    ) -> JobResult {
        let sent = plugin.outbox.failure(error, text: text ?? error.message, to: delivery.request.context)
        return JobResult(
            isError: true, bytes: sent.bytes, headers: sent.headers.map { [$0.name, $0.value] }, deadCode: deadCode)
    }
}

/// A job that was given up, for whoever looks after such: its payload, and in the headers why.
enum DeadLetter {
    /// More than the headers come to.
    private static let maxHeaderBytes = 1024

    /// - Parameter code: why, as a code of the wire contract.
    static func send(
        _ message: NATSWorkMessage, code: String, attempts: Int, instance: String, on connection: NATSConnection
    ) throws(NATSError) {
        var headers = [
            (name: "Rosey-Code", value: code), ("Rosey-Subject", message.subject),
            ("Rosey-Sequence", String(message.sequence)), ("Rosey-Attempts", String(attempts)),
            ("Rosey-Instance", instance),
        ]
        var payload = Array(message.payload)
        if payload.count + maxHeaderBytes > connection.maxPayload {
            headers.append(("Rosey-Omitted", "\(payload.count) bytes"))
            payload = []
        }
        try connection.publish(payload, to: Subjects.deadJob, headers: headers)
    }
}
