extension NATSConnection {
    /// Has a stream take in some subjects no longer, if it is there and has them; its last one is left to it.
    /// - Throws: as ``workQueue(_:)`` does.
    package func withdraw(
        _ subjects: [String], from stream: String, timeout: Duration = .seconds(2)
    ) async throws(NATSError) {
        let api = JetStreamAPI(self)
        let deadline = JetStreamAPI.Deadline.now + timeout
        var configuration: OpaqueJSON
        switch try await api.ask(
            "STREAM.INFO." + stream, JetStream.NoQuestion(), for: JetStream.Information.self, deadline: deadline)
        {
        case .success(let information): configuration = information.config
        case .failure(let failure) where failure.isStreamNotFound: return
        case .failure(let failure): throw NATSError(failure, "cannot look at a stream")
        }
        let present = configuration["subjects"]?.strings ?? []
        let kept = present.filter { !subjects.contains($0) }
        guard kept != present, !kept.isEmpty else { return }
        configuration["subjects"] = .array(kept.map { .string($0) })
        let answer = try await api.ask(
            "STREAM.UPDATE." + stream, configuration, for: JetStream.Information.self, deadline: deadline)
        if case .failure(let failure) = answer { throw NATSError(failure, "cannot change a stream") }
    }
}
