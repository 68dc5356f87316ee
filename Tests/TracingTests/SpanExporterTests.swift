import CoreTestSupport
import HTTPServing
import Observability
import ServiceRuntime
import Synchronization
import TestSupport
import Testing
import TraceExport
import TraceTestSupport

/// Spans on their way to a collector, which is there, or not, or not yet.
@Suite struct SpanExporterTests {
    /// An exporter that runs, and all that a test needs of it.
    private struct Stage: Sendable {
        let exporter: SpanExporter
        let collector: TraceCollector
        let time: ManualTime
        let log: Lines

        func take(_ count: Int) { for _ in 0..<count { exporter.take(SpanBatchTests.record) } }
    }

    /// What was logged.
    private final class Lines: Sendable {
        private let text = Mutex("")
        var all: [String] { text.withLock { $0.split(separator: "\n").map(String.init) } }
        var write: @Sendable ([UInt8]) -> Void {
            { bytes in self.text.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }
        }
    }

    /// Runs the body with an exporter, which ends afterwards.
    private func with(
        _ collector: TraceCollector = TraceCollector(), endpoint: String? = nil,
        _ change: @Sendable (inout ExportSettings) -> Void = { _ in },
        _ body: @escaping @Sendable (Stage) async throws -> Void
    ) async throws {
        try await withHTTPServer(handler: collector.handle) { _, url in
            var settings = ExportSettings(endpoint: endpoint ?? url + "/v1/traces")
            change(&settings)
            let (time, log) = (ManualTime(), Lines())
            let exporter = SpanExporter(
                settings, version: "1.2.3", log: Log(level: .debug, write: log.write), time: time)
            let running = Task { await exporter.run() }
            let stage = Stage(exporter: exporter, collector: collector, time: time, log: log)
            do { try await within { try await body(stage) } } catch {
                running.cancel()
                throw error
            }
            exporter.close()
            await running.value
            #expect(collector.faults == [])
        }
    }

    @Test func aFullBatchGoesAtOnce() async throws {
        try await with(TraceCollector(), { $0.batchSize = 3 }) { stage in
            stage.take(3)
            let spans = try await stage.collector.spans(3)
            #expect(spans.count == 3)
            #expect(spans[0].name == "chat \"tiny\"\n")
            #expect(stage.collector.requests.count == 1)
        }
    }

    @Test func aFewGoWhenTheyHaveWaited() async throws {
        try await with { stage in
            try await stage.time.timersSet(1)
            stage.take(2)
            #expect(stage.collector.requests.isEmpty)
            stage.time.advance(by: .seconds(5))
            #expect(try await stage.collector.spans(2).count == 2)
        }
    }

    @Test func whatIsLeftGoesAtTheEnd() async throws {
        let collector = TraceCollector()
        try await with(collector, { $0.batchSize = 100 }) { stage in stage.take(50) }
        #expect(collector.spans.count == 50)
        try await with(collector, { ($0.batchSize, $0.queueSize) = (10, 100) }) { stage in stage.take(95) }
        #expect(collector.spans.count == 145)
        #expect(collector.requests.allSatisfy { $0.count <= 50 })
    }

    @Test func headersGoWithThem() async throws {
        let collector = TraceCollector()
        try await with(collector, { $0.headers = [("Authorization", Secret("Bearer sesame"))] }) { stage in
            stage.take(1)
        }
        #expect(collector.requests.first?.headers.contains { $0 == ("Authorization", "Bearer sesame") } == true)
        #expect(!collector.text.contains("sesame"))
    }

    @Test(arguments: [429, 502, 503, 504])
    func refusedForNowIsTriedAgain(status: Int) async throws {
        let collector = TraceCollector(answers: [HTTPServerResponse(status), HTTPServerResponse(status)])
        try await with(collector, { $0.batchSize = 1 }) { stage in
            // That for spans; and then the wait after the first try, and the longer one after the second.
            try await stage.time.timersSet(1)
            stage.take(1)
            try await stage.time.timersSet(2)
            stage.time.advance(by: .seconds(1))
            try await stage.time.timersSet(3)
            stage.time.advance(by: .seconds(2))
            #expect(try await stage.collector.spans(1).count == 1)
            try await eventually { stage.log.all.contains { $0.contains("Spans are sent again") } }
            #expect(stage.log.all.count { $0.contains("warning Spans cannot be sent now") } == 1)
        }
        #expect(collector.requests.count == 3)
        #expect(collector.spans.count == 1)
    }

    @Test func aCollectorSaysHowLongToWait() async throws {
        let collector = TraceCollector(answers: [HTTPServerResponse(503, headers: [("Retry-After", "20")])])
        try await with(collector, { $0.batchSize = 1 }) { stage in
            try await stage.time.timersSet(1)
            stage.take(1)
            try await stage.time.timersSet(2)
            stage.time.advance(by: .seconds(19))
            #expect(stage.collector.requests.count == 1)
            stage.time.advance(by: .seconds(1))
            #expect(try await stage.collector.spans(1).count == 1)
        }
    }

    @Test(arguments: [400, 401, 404, 413, 500])
    func refusedForGoodIsLost(status: Int) async throws {
        let collector = TraceCollector(answers: [HTTPServerResponse(status)])
        try await with(collector, { $0.batchSize = 1 }) { stage in
            stage.take(1)
            try await eventually { stage.log.all.contains { $0.contains("Spans were lost") } }
            stage.take(1)
            #expect(try await stage.collector.spans(1).count == 1)
            #expect(stage.log.all.contains { $0.contains("reason=\"status \(status)\"") })
        }
        #expect(collector.requests.count == 2)
    }

    /// It is tried for half a minute, and then the next have their turn; the log says it once.
    @Test func aCollectorThatIsNotThereCostsNothing() async throws {
        let port = try RawServer.closedPort()
        try await with(endpoint: "http://127.0.0.1:\(port)/v1/traces", { $0.batchSize = 2 }) { stage in
            stage.take(2)
            var timers = 0
            while !stage.log.all.contains(where: { $0.contains("Spans were lost") }) {
                timers += 1
                // The next wait, or that the batch is given up.
                try await eventually { [timers] in
                    stage.time.timersSet >= timers || stage.log.all.contains { $0.contains("Spans were lost") }
                }
                stage.time.advance(by: .seconds(8))
            }
            #expect(stage.log.all.contains { $0.contains("count=2") })
            #expect(stage.log.all.count { $0.contains("warning Spans cannot be sent now") } == 1)
        }
    }

    /// What does not fit is lost, counted, and said.
    @Test func theQueueIsBounded() async throws {
        let collector = TraceCollector()
        try await with(collector, { ($0.queueSize, $0.batchSize) = (10, 512) }) { stage in
            // Nothing is due before it has waited.
            try await stage.time.timersSet(1)
            stage.take(100)
            stage.time.advance(by: .seconds(5))
            try await eventually { stage.log.all.contains { $0.contains("Spans were lost") } }
            #expect(stage.log.all.contains { $0.contains("count=90") })
        }
        #expect(collector.spans.count == 10)
    }

    @Test func partOfABatchMayBeRejected() async throws {
        let answer = HTTPServerResponse(
            text: #"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"no"}}"#, type: "application/json")
        let collector = TraceCollector(answers: [answer])
        try await with(collector, { $0.batchSize = 3 }) { stage in
            stage.take(3)
            try await eventually { stage.log.all.contains { $0.contains("Spans were lost") } }
            #expect(stage.log.all.contains { $0.contains("count=2") })
        }
        #expect(collector.requests.count == 1)
    }

    /// Whoever gives up on it at the end does not wait for a collector that says nothing.
    @Test func aSilentCollectorIsGivenUp() async throws {
        let gate = Gate()
        try await withHTTPServer { request in
            await gate.pass()
            return HTTPServerResponse(200)
        } _: { _, url in
            let exporter = SpanExporter(
                ExportSettings(endpoint: url + "/v1/traces"), version: "1", log: .silent, time: ManualTime())
            exporter.take(SpanBatchTests.record)
            exporter.close()
            let running = Task { await exporter.run() }
            try await within { await gate.reached() }
            running.cancel()
            try await within { await running.value }
            gate.open()
        }
    }
}
