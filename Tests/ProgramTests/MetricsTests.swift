import CoreTestSupport
import Foundation
import HTTPTransport
import JSON
import TestSupport
import Testing

/// A Python with Prometheus' own reader: the one that `deploy/test` installs.
private let prometheusPython = foreignPython(with: "prometheus_client")

@Suite("What the program measures")
struct MetricsTests {
    private static let gateway = #", "gateway": {"enabled": true, "port": 0, "api_keys": ["sesame"]}"#
    private static let key = (name: "Authorization", value: "Bearer sesame")

    /// The package's top.
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Where a process answers HTTP, without `/v1`.
    private static func url(of door: Child) async throws -> String {
        String(try await door.gatewayURL().dropLast("/v1".count))
    }

    private static func read(_ url: String, _ http: HTTPClient) async throws -> Exposition {
        let response = try await http.send(HTTPRequest(.get, url + "/metrics", headers: [key]))
        let exposition = Exposition(String(decoding: response.body, as: UTF8.self))
        #expect(exposition.faults.isEmpty)
        return exposition
    }

    /// Runs the body with the service and its gateway, and what it measures.
    private static func withMeasured(
        _ more: String = "",
        _ body: @escaping @Sendable (String, HTTPClient, NATSTestServer, Client) async throws -> Void
    ) async throws {
        try await withService(configuration(gateway + more)) { service, server in
            let url = try await url(of: service)
            let http = HTTPClient()
            let result: Result<Void, any Error>
            do {
                try await Client.with(server) { try await body(url, http, server, $0) }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await http.shutDown()
            try result.get()
        }
    }

    @Test("The dashboard asks for what there is, and nothing else")
    func dashboard() async throws {
        let bytes = try Data(contentsOf: Self.root.appending(path: "deploy/grafana.json"))
        let dashboard = try #require(try JSONValue(parsing: Array(bytes)).object)
        let panels = try #require(Self.items(dashboard["panels"]))
        let rows = panels.filter { $0["type"] == .string("row") }.compactMap { $0["title"]?.string }
        #expect(
            rows == [
                "Traffic", "Latency and overhead", "Models and tokens", "Resilience", "Queues", "NATS and state",
                "Process",
            ])
        let queries = panels.flatMap { Self.items($0["targets"]) ?? [] }.compactMap { $0["expr"]?.string }
        #expect(queries.count > 50)
        let variables = try #require(Self.items(dashboard["templating"]?.object?["list"]))
        #expect(variables.first?["type"] == .string("datasource"))
        let asked = variables.compactMap { $0["definition"]?.string }
        try await Self.withMeasured { url, http, _, client in
            #expect(try await client.ask("quick") == "quickly")
            let found = try await Self.read(url, http)
            var unseen = found.names
            for query in queries + asked {
                let names = query.matches(of: /(?:rosey_llm|gen_ai|process)_[a-z_]+(?=\{|, job)/).map { String($0.0) }
                #expect(!names.isEmpty, "\(query)")
                for name in names {
                    let family = ["_bucket", "_sum", "_count"].map { name.hasSuffix($0) ? $0.count : 0 }
                        .map { String(name.dropLast($0)) }.first { found.types[$0] == "histogram" }
                    #expect(found.types[name] != nil || family != nil, "\(name) in \(query)")
                    unseen.remove(family ?? name)
                }
            }
            #expect(unseen == ["process_virtual_memory_bytes"])
        }
    }

    private static func items(_ value: JSONValue?) -> [[String: JSONValue]]? {
        guard case .array(let items)? = value else { return nil }
        return items.compactMap(\.object)
    }

    @Test("The documentation has a row for each metric, with what it is")
    func documentation() async throws {
        let article = "Sources/LLMService/LLMService.docc/Operators/Metrics.md"
        let text = try String(contentsOf: Self.root.appending(path: article), encoding: .utf8)
        let table = try #require(text.split(separator: "| metric |").last?.split(separator: "\n\n").first)
        var rows: [String: String] = [:]
        for line in table.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            // A row may be of several metrics of a kind.
            for name in cells[0].matches(of: /`([a-z_]+)`/) { rows[String(name.1)] = cells[1] }
        }
        try await Self.withMeasured { [rows] url, http, _, _ in
            let found = try await Self.read(url, http)
            #expect(found.types == rows)
        }
    }

    @Test("A gateway of its own measures itself, and knows nothing of the service")
    func gatewayAlone() async throws {
        try await withService { _, server in
            try await withTemporaryDirectory { directory in
                let file = directory.appending(path: "gateway.json")
                try configuration(Self.gateway).write(to: file, atomically: true, encoding: .utf8)
                let door = try Child(["gateway", "--config", file.path, "--nats", server.url])
                defer { door.signal(SIGKILL) }
                let http = HTTPClient()
                let url = try await Self.url(of: door)
                try await eventually {
                    try await Self.read(url, http)[#"rosey_llm_nats_connected{connection="gateway"}"#] == 1
                }
                _ = try await http.send(HTTPRequest(.get, url + "/healthz"))
                let found = try await Self.read(url, http)
                #expect(found[#"rosey_llm_http_requests_total{route="/healthz",method="GET",status="2xx"}"#] == 1)
                #expect(found["process_resident_memory_bytes"] ?? 0 > 1_000_000)
                #expect(!found.names.contains("rosey_llm_requests_total"))
                let refused = try await http.send(HTTPRequest(.get, url + "/metrics"))
                #expect(refused.status == 401)
                await http.shutDown()
            }
        }
    }

    @Test("NATS that goes and comes back is seen")
    func reconnect() async throws {
        try await Self.withMeasured { url, http, server, _ in
            let read = { @Sendable (name: String) in
                try await Self.read(url, http)[name + #"{connection="service"}"#]
            }
            #expect(try await read("rosey_llm_nats_connected") == 1)
            await server.kill()
            try await eventually { try await read("rosey_llm_nats_connected") == 0 }
            #expect(try await read("rosey_llm_nats_disconnects_total") == 1)
            try await server.restart()
            try await eventually { try await read("rosey_llm_nats_reconnects_total") == 1 }
            #expect(try await read("rosey_llm_nats_connected") == 1)
        }
    }

    // MARK: Prometheus' own reader

    private static let script = #"""
        import sys, urllib.request
        from prometheus_client.parser import text_string_to_metric_families

        request = urllib.request.Request(sys.argv[1] + "/metrics", headers={"Authorization": "Bearer sesame"})
        with urllib.request.urlopen(request, timeout=30) as response:
            assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", response.headers
            text = response.read().decode()
        families = list(text_string_to_metric_families(text))
        names = [family.name for family in families]
        assert len(names) == len(set(names)), names
        for family in families:
            assert family.documentation and family.type in ("counter", "gauge", "histogram"), family
            print("family", family.name + ("_total" if family.type == "counter" else ""), family.type)
            series = {}
            for sample in family.samples:
                assert sample.value == sample.value, sample
                if family.type == "histogram":
                    key = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le"))
                    series.setdefault(key, []).append(sample)
            for samples in series.values():
                buckets = [s for s in samples if s.name.endswith("_bucket")]
                assert [float(s.labels["le"]) for s in buckets] == sorted(float(s.labels["le"]) for s in buckets)
                assert [s.value for s in buckets] == sorted(s.value for s in buckets)
                count = [s.value for s in samples if s.name.endswith("_count")]
                assert buckets[-1].labels["le"] == "+Inf" and [buckets[-1].value] == count, samples
        models = {s.labels["gen_ai_request_model"] for f in families for s in f.samples if "gen_ai_request_model" in s.labels}
        print("hostile", 'bad"} 1\n# TYPE evil counter\nevil 2\\' in models, "evil" in names)
        """#

    @Test(
        "Prometheus' own client reads it, whatever a model is called",
        .enabled(
            if: prometheusPython != nil,
            "prometheus_client cannot be imported: deploy/test installs it into .build/python"))
    func foreignReader() async throws {
        let hostile = #"""
            , "providers": {"scripted": {}, "evil": {"type": "ollama", "base_url": "http://127.0.0.1:9",
              "default_model": "bad\"} 1\n# TYPE evil counter\nevil 2\\"}}
            """#
        try await withService("{\"default_provider\": \"scripted\"\(Self.gateway)\(hostile)}") { service, _ in
            let (http, url) = (HTTPClient(), try await Self.url(of: service))
            let ours = try await Self.read(url, http)
            await http.shutDown()
            let ended = try await Child.run(script: Self.script, [url], python: try #require(prometheusPython))
            #expect(ended.exit == 0, "\(ended.err)")
            let lines = ended.out.split(separator: "\n").map(String.init)
            #expect(lines.last == "hostile True False")
            let families = Set(ours.types.map { "family \($0.key) \($0.value)" })
            #expect(Set(lines.dropLast()) == families)
        }
    }
}
