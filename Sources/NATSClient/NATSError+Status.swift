internal import CNATS

extension NATSError {
    /// What a failed call of the library means.
    ///
    /// To be called on the thread of that call: the library keeps the text of its last error for each thread.
    /// - Parameters:
    ///   - status: what the call returned; not `NATS_OK`.
    ///   - doing: what was tried, as in "cannot publish".
    init(_ status: natsStatus, _ doing: String) {
        let detail = Self.lastErrorOfThread(status)
        switch status {
        case NATS_CONNECTION_CLOSED, NATS_DRAINING, NATS_INVALID_SUBSCRIPTION:
            self.init(.closed, "\(doing): the NATS connection is closed", detail: detail)
        case NATS_CONNECTION_DISCONNECTED, NATS_NO_SERVER, NATS_STALE_CONNECTION, NATS_NOT_YET_CONNECTED:
            self.init(.notConnected, "\(doing): no NATS server is connected", detail: detail)
        case NATS_INSUFFICIENT_BUFFER:
            self.init(.bufferFull, "\(doing): too much waits for the NATS server already", detail: detail)
        case NATS_MAX_PAYLOAD:
            self.init(.tooLarge, "\(doing): larger than the NATS server takes", detail: detail)
        case NATS_INVALID_SUBJECT, NATS_INVALID_QUEUE_NAME:
            self.init(.invalidSubject, "\(doing): not a valid subject", detail: detail)
        case NATS_NO_RESPONDERS:
            self.init(.noResponders, "\(doing): nobody listens on the subject", detail: detail)
        case NATS_TIMEOUT:
            self.init(.timeout, "\(doing): the NATS server did not answer in time", detail: detail)
        default:
            self.init(.library, "\(doing): \(detail)", detail: detail)
        }
    }

    /// The library's text for the last failure on this thread, or for the status alone.
    static func lastErrorOfThread(_ status: natsStatus) -> String {
        var last = NATS_OK
        // Both pointers are to texts of the library (thread-local and constant), copied before another call.
        let text = unsafe nats_GetLastError(&last).map { unsafe String(cString: $0) } ?? ""
        if last == status, !text.isEmpty { return text }
        return unsafe natsStatus_GetText(status).map { unsafe String(cString: $0) } ?? "status \(status.rawValue)"
    }
}
