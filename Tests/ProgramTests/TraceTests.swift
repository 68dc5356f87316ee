import Foundation
import JSON
import NATSClient
import TestSupport
import Testing
import TraceTestSupport

/// A Python with OpenTelemetry's own protocol: the one that `deploy/test` installs.
private let protocolPython = foreignPython(with: "opentelemetry.proto.collector.trace.v1.trace_service_pb2")

/// The program with a collector to send its spans to.
@Suite("Spans of the program")
struct TraceTests {
    private static let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    /// Runs the body with the service on a server of its own, in this environment.
    private func withProgram(
        _ environment: [String: String], _ body: @escaping @Sendable (Child, NATSTestServer) async throws -> Void
    ) async throws {
        try await withNATSServer { server in
            try await withTemporaryDirectory { directory in
                let file = directory.appending(path: "config.json")
                try configuration().write(to: file, atomically: true, encoding: .utf8)
                let child = try Child(
                    ["serve", "--config", file.path, "--nats", server.url], environment: environment)
                defer { child.signal(SIGKILL) }
                try await child.logged("info Ready")
                try await body(child, server)
            }
        }
    }

    private func ask(_ server: NATSTestServer, _ message: String) async throws {
        try await Client.with(server) { client in
            let text = #"{"action":"complete","message":"\#(message)"}"#
            let reply = try await client.connection.request(
                Array(text.utf8), to: "llm.request", headers: [("traceparent", Self.traceparent)],
                timeout: .seconds(30))
            #expect(JSONValue.parse(reply.payload)?.object?["content"]?.string == "quickly")
        }
    }

    /// What waits for others when the program ends is sent before it does.
    @Test func whatIsLeftIsSentAtTheEnd() async throws {
        let collector = TraceCollector()
        try await withHTTPServer(handler: collector.handle) { _, url in
            let environment = [
                "OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20sesame",
                "OTEL_BSP_SCHEDULE_DELAY": "600000", "OTEL_SERVICE_NAME": "deck", "OTEL_EXPORTER_OTLP_TIMEOUT": "ten",
            ]
            try await withProgram(environment) { child, server in
                try await ask(server, "quick")
                #expect(collector.requests.isEmpty)
                child.signal(SIGTERM)
                let seen = try await child.ended()
                #expect(seen.exit == 0)
                #expect(seen.err.contains("info Sending spans server=\(url)"))
                #expect(seen.err.contains("OTEL_EXPORTER_OTLP_TIMEOUT: expected a whole number"))
                #expect(!seen.err.contains("sesame"))
            }
            #expect(collector.faults == [])
            #expect(Set(collector.spans.map(\.name)) == ["process llm.request", "chat eliza"])
            #expect(collector.spans.allSatisfy { $0.resource["service.name"] == .string("deck") })
            #expect(collector.requests.first?.headers.contains { $0 == ("Authorization", "Bearer sesame") } == true)
        }
    }

    /// A collector that is not there is said once, and holds up neither answers nor the end.
    @Test func withoutTheCollector() async throws {
        let port = try RawServer.closedPort()
        let environment = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(port)", "OTEL_BSP_SCHEDULE_DELAY": "10",
        ]
        try await withProgram(environment) { child, server in
            for _ in 0..<3 { try await ask(server, "quick") }
            try await child.logged("warning Spans cannot be sent now")
            child.signal(SIGTERM)
            let seen = try await child.ended()
            #expect(seen.exit == 0)
            #expect(seen.err.contains("warning Spans were lost"))
            #expect(seen.err.split(separator: "warning Spans cannot be sent now").count == 2)
        }
    }

    private static let script = #"""
        import base64, json, sys
        from google.protobuf import json_format
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        # OTLP's JSON is protobuf's, but for the ids, which are hexadecimal.
        request = json.load(sys.stdin)
        for group in request["resourceSpans"]:
            for scoped in group["scopeSpans"]:
                for span in scoped["spans"]:
                    for key in ("traceId", "spanId", "parentSpanId"):
                        if key in span:
                            span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
        message = json_format.ParseDict(request, ExportTraceServiceRequest())
        for group in message.resource_spans:
            resource = {a.key: a.value.string_value for a in group.resource.attributes}
            for scoped in group.scope_spans:
                for span in sorted(scoped.spans, key=lambda span: span.start_time_unix_nano):
                    print(resource["service.name"], span.name, span.kind, span.trace_id.hex(), len(span.span_id),
                          span.end_time_unix_nano > span.start_time_unix_nano, span.status.code)
        """#

    /// OpenTelemetry's own definition of the protocol reads what we send.
    @Test(
        "OpenTelemetry's own reader reads them",
        .enabled(if: protocolPython != nil, "needs a Python with opentelemetry-proto: deploy/test installs one"))
    func readByOthers() async throws {
        let python = try #require(protocolPython)
        let collector = TraceCollector()
        try await withHTTPServer(handler: collector.handle) { _, url in
            let environment = [
                "OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_BSP_SCHEDULE_DELAY": "600000",
            ]
            try await withProgram(environment) { child, server in
                try await ask(server, "quick")
                child.signal(SIGTERM)
                try await child.ended()
            }
        }
        let request = try #require(collector.requests.first)
        let reader = try Child(
            ["-c", Self.script], input: String(decoding: request.body, as: UTF8.self), program: python)
        defer { reader.signal(SIGKILL) }
        let seen = try await reader.ended()
        #expect(seen.exit == 0, "\(seen.err)")
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        #expect(
            seen.out.split(separator: "\n") == [
                "rosey-llm process llm.request 5 \(trace) 8 True 0", "rosey-llm chat eliza 3 \(trace) 8 True 0",
            ])
    }
}
