import NATSClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct WorkQueueOpeningTests {
    private func configuration(_ connection: NATSConnection) async throws -> String {
        try await connection.request([], to: "$JS.API.STREAM.INFO.WORK", timeout: .seconds(5)).text
    }

    @Test func makesWhatIsAskedFor() async throws {
        try await withWorkQueue({
            $0.maxBytes = 100_000
            $0.maxAge = .seconds(60)
            $0.subjects = ["work", "more.work"]
            $0.ackWait = .seconds(7)
        }) { _, connection, queue in
            let text = try await configuration(connection)
            for part in [
                #""retention":"workqueue""#, #""subjects":["work","more.work"]"#, #""max_bytes":100000"#,
                #""max_age":60000000000"#, #""discard":"new""#,
            ] {
                #expect(text.contains(part), "\(part)")
            }
            #expect(queue.ackWait == .seconds(7))
            try await connection.put("x", on: "more.work")
            #expect(try await Worker(queue).next()?.subject == "more.work")
        }
    }

    @Test func usesAStreamAsItIsButForItsSubjects() async throws {
        try await withWorkQueue({ $0.maxBytes = 100_000 }) { _, connection, _ in
            var other = NATSWorkQueueOptions.test
            other.subjects = ["work", "second"]
            other.ackWait = .seconds(9)
            let queue = try await connection.workQueue(other)
            #expect(queue.ackWait == .seconds(9))
            var text = try await configuration(connection)
            #expect(text.contains(#""subjects":["work","second"]"#) && text.contains(#""max_bytes":100000"#))
            other.subjects = ["work"]
            _ = try await connection.workQueue(other)
            text = try await configuration(connection)
            #expect(text.contains(#""subjects":["work","second"]"#))
            other.withoutSubjects = ["second"]
            _ = try await connection.workQueue(other)
            text = try await configuration(connection)
            #expect(text.contains(#""subjects":["work"]"#) && text.contains(#""max_bytes":100000"#))
        }
    }

    @Test func changesNothingThatIsThereWhereItIsNotTo() async throws {
        try await withWorkQueue { _, connection, _ in
            let before = try await configuration(connection)
            var other = NATSWorkQueueOptions.test
            (other.subjects, other.withoutSubjects) = (["second"], ["work"])
            other.changesPresent = false
            _ = try await connection.workQueue(other)
            #expect(try await configuration(connection) == before)
        }
    }

    @Test func usesAConsumerThatIsThere() async throws {
        try await withWorkQueue { _, connection, _ in
            let question =
                #"{"stream_name":"WORK","config":{"durable_name":"workers","ack_policy":"explicit","#
                + #""deliver_policy":"all","ack_wait":11000000000,"max_waiting":5}}"#
            _ = try await connection.request(
                [], to: "$JS.API.CONSUMER.DELETE.WORK.workers", timeout: .seconds(5))
            _ = try await connection.request(
                Array(question.utf8), to: "$JS.API.CONSUMER.DURABLE.CREATE.WORK.workers", timeout: .seconds(5))
            try await connection.put("x")
            let queue = try await connection.workQueue(.test)
            #expect(queue.ackWait == .seconds(11))
            #expect(try await Worker(queue).finish(1) == ["x"])
        }
    }

    @Test func manyOpenItAtOnce() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withConnection(options(server.url)) { connection in
                try await withThrowingTaskGroup { group in
                    for number in 0..<10 {
                        group.addTask {
                            var own = NATSWorkQueueOptions.test
                            own.maxBytes = 100_000 + number
                            _ = try await connection.workQueue(own)
                        }
                    }
                    try await group.waitForAll()
                }
                try await connection.put("x")
                #expect(try await Worker(connection.workQueue(.test)).finish(1) == ["x"])
            }
        }
    }

    @Test func saysWhatIsWrong() async throws {
        try await withServerAndConnection { _, connection in
            await expect(.noJetStream) { _ = try await connection.workQueue(.test) }
            var bad = NATSWorkQueueOptions.test
            bad.stream = "a.b"
            await expect(.badOptions) { _ = try await connection.workQueue(bad) }
        }
        try await withWorkQueue { server, connection, _ in
            var other = NATSWorkQueueOptions.test
            other.stream = "OTHER"
            await expect(.library) { _ = try await connection.workQueue(other) }
            await server.kill()
            await expect(.timeout) { _ = try await connection.workQueue(.test) }
        }
    }
}
