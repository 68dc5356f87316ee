import NATSClient
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct WorkQueueTests {
    @Test func whatIsAcknowledgedIsGone() async throws {
        try await withWorkQueue { _, connection, queue in
            for number in 0..<20 { try await connection.put("\(number)") }
            let worker = Worker(queue)
            #expect(try await worker.finish(20) == (0..<20).map(String.init))
            #expect(try await connection.held() == 0)
            #expect(queue.outstanding == 0)
            // It goes on with what comes later.
            try await connection.put("late")
            let message = try #require(try await worker.next())
            #expect((message.subject, message.sequence, message.deliveries) == ("work", 21, 1))
            message.acknowledge()
            // The queue's next answer comes after it has heard that.
            try await connection.put("last")
            #expect(try await worker.finish(1) == ["last"])
            #expect(try await connection.held() == 0)
        }
    }

    @Test func whatIsGivenBackComesAgain() async throws {
        try await withWorkQueue { _, connection, queue in
            try await connection.put("a")
            let worker = Worker(queue)
            let first = try #require(try await worker.next())
            first.nak()
            // It is over: what is said of it now is not heard.
            first.acknowledge()
            let second = try #require(try await worker.next())
            #expect((second.sequence, second.time, second.deliveries) == (first.sequence, first.time, 2))
            let clock = ContinuousClock()
            let begin = clock.now
            second.nak(delay: .milliseconds(300))
            let third = try #require(try await worker.next())
            #expect(clock.now - begin > .milliseconds(250))
            third.terminate()
            try await connection.put("b")
            #expect(try await worker.finish(1) == ["b"])
            #expect(try await connection.held() == 0)
        }
    }

    @Test func anotherInstanceFinishesWhatItAdopts() async throws {
        try await withWorkQueue({ $0.maxOutstanding = 1 }) { server, connection, queue in
            try await connection.put("a")
            var messages = queue.makeAsyncIterator()
            var taken = try await messages.next()
            let message = try #require(taken?.message)
            try await withConnection(options(server.url)) { other in
                let adopting = try await other.workQueue(.test)
                adopting.pause()
                #expect(adopting.adopt(NATSMessage(subject: "work", reply: "$JS.ACK.WORK.others.1.1.1.1.0")) == nil)
                #expect(adopting.adopt(NATSMessage(subject: "work")) == nil)
                let adopted = try #require(adopting.adopt(message))
                #expect((adopted.text, adopted.sequence, adopting.outstanding) == ("a", 1, 1))
                taken = nil
                #expect(queue.outstanding == 0)
                try await adopted.ack()
                #expect(adopting.outstanding == 0)
                #expect(try await connection.held() == 0)
                // Where none is open, it can be given back all the same.
                try await connection.put("b")
                var second = try await messages.next()
                other.giveBack(try #require(second?.message), after: .milliseconds(1))
                second = nil
                let again = try await messages.next()
                #expect((again?.text, again?.deliveries) == ("b", 2))
                try await again?.ack()
            }
        }
    }

    @Test func whatIsPausedTakesNothing() async throws {
        try await withWorkQueue({ $0.maxOutstanding = 1 }) { server, connection, queue in
            let worker = Worker(queue)
            try await connection.put("a")
            let first = try #require(try await worker.next())
            queue.pause()
            try await first.ack()
            try await connection.put("b")
            // It would have been there first.
            try await withConnection(options(server.url)) { other in
                let there = Worker(try await other.workQueue(.test))
                #expect(try await there.finish(1) == ["b"])
            }
            queue.resume()
            try await connection.put("c")
            #expect(try await worker.finish(1) == ["c"])
        }
    }

    @Test func noMoreThanTheLimitIsOut() async throws {
        try await withWorkQueue({ $0.maxOutstanding = 2 }) { server, connection, queue in
            for number in 0..<5 { try await connection.put("\(number)") }
            let worker = Worker(queue)
            let first = try #require(try await worker.next())
            let second = try #require(try await worker.next())
            #expect(queue.outstanding == 2)
            // Another instance gets the next one, though this one was there first.
            try await withConnection(options(server.url)) { other in
                let there = Worker(try await other.workQueue(.test))
                let message = try #require(try await there.next())
                #expect(message.text == "2")
                try await message.ack()
                #expect(try await there.finish(2) == ["3", "4"])
            }
            try await first.ack()
            try await second.ack()
            #expect(try await connection.held() == 0)
        }
    }

    @Test func whatNobodySpeaksOfComesAgainAndWhatIsWorkedOnDoesNot() async throws {
        try await withWorkQueue({ $0.ackWait = .milliseconds(900) }) { _, connection, queue in
            try await connection.put("worked on")
            try await connection.put("left")
            let worker = Worker(queue)
            let one = try #require(try await worker.next())
            let two = try #require(try await worker.next())
            #expect([one.text, two.text] == ["worked on", "left"])
            let keeping = Task {
                while !Task.isCancelled {
                    one.inProgress()
                    // As often as the server has taken it.
                    try await connection.flush(timeout: .seconds(20))
                }
            }
            let again = try #require(try await worker.next())
            #expect((again.text, again.deliveries) == ("left", 2))
            try await again.ack()
            keeping.cancel()
            try await one.ack()
            #expect(try await connection.held() == 0)
        }
    }

    /// Also what has been pulled and lies there.
    @Test func drainGivesBackWhatHasNotBegun() async throws {
        try await withWorkQueue { server, connection, queue in
            for number in 0..<10 { try await connection.put("\(number)") }
            var iterator = queue.makeAsyncIterator()
            let begun = try #require(try await iterator.next())
            try await withTimeout { await queue.drain() }
            #expect(try await iterator.next() == nil)
            try await withConnection(options(server.url)) { other in
                // Much sooner than the half minute after which they would come by themselves.
                let there = Worker(try await other.workQueue(.test))
                let texts = try await there.finish(9)
                #expect(texts.sorted() == (1..<10).map(String.init))
            }
            try await begun.ack()
            #expect(try await connection.held() == 0)
        }
    }

    @Test(arguments: [true, false]) func goesOnAfterTheServerIsBack(inGoodOrder: Bool) async throws {
        let events = Events()
        try await withWorkQueue({ $0.ackWait = .seconds(2) }, events: events) { server, connection, queue in
            try await connection.put("a")
            let worker = Worker(queue)
            let before = try #require(try await worker.next())
            if inGoodOrder { await server.stop() } else { await server.kill() }
            try await events.first(where: \.isDisconnected)
            try await server.restart()
            try await events.first(where: \.isReconnected)
            try await before.ack(timeout: .seconds(10))
            try await connection.put("b")
            #expect(try await worker.finish(1) == ["b"])
            #expect(try await connection.held() == 0)
        }
    }

    @Test func makesAnewWhatSomebodyDeletes() async throws {
        try await withWorkQueue { _, connection, queue in
            let worker = Worker(queue)
            for what in ["CONSUMER.DELETE.WORK.workers", "STREAM.DELETE.WORK"] {
                _ = try await connection.request([], to: "$JS.API.\(what)", timeout: .seconds(5))
                if what.hasPrefix("STREAM") {
                    try await withTimeout {
                        while try await !connection.request(
                            [], to: "$JS.API.STREAM.INFO.WORK", timeout: .seconds(5)
                        ).text.contains("\"state\"") { await Task.yield() }
                    }
                }
                try await connection.put(what)
                #expect(try await worker.finish(1) == [what])
            }
        }
    }

    @Test func closeAndCancelEndIt() async throws {
        try await withWorkQueue { _, connection, queue in
            let worker = Worker(queue)
            try await connection.put("a")
            _ = try await worker.finish(1)
            await worker.cancel()
            await expect(.cancelled) { _ = try await worker.next() }
            let another = Worker(try await connection.workQueue(.test))
            try await withTimeout { await connection.close() }
            #expect(try await another.next() == nil)
        }
    }

    @Test func manyWorkersShareTheWork() async throws {
        try await withWorkQueue({ $0.maxOutstanding = 3 }) { server, connection, queue in
            for number in 0..<60 { try await connection.put("\(number)") }
            let texts = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        try await withConnection(options(server.url)) { other in
                            var few = NATSWorkQueueOptions.test
                            few.maxOutstanding = 3
                            // What one has taken and leaves behind comes to another.
                            few.ackWait = .seconds(1)
                            return try await Worker(other.workQueue(few)).finish(20)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(texts.count == 60)
            #expect(Set(texts) == Set((0..<60).map(String.init)))
        }
    }
}
