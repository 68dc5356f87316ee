import BusProtocol
import FoundationEssentials
import LLMService
import NATSClient

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
