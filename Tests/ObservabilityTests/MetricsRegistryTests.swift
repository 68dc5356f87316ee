import CoreTestSupport
import Observability
import ServiceRuntime
import Testing

@Suite("Prometheus' text")
struct MetricsRegistryTests {
    @Test("has help and type before the samples, and a histogram's buckets in order")
    func text() {
        let registry = MetricsRegistry()
        registry.counter("a_total", "Things.").add(3)
        registry.add { writer in
            writer.begin("b", .gauge, "Two of them.")
            writer.sample(-1, [("x", "y")])
            writer.sample(0.25, [("x", "z"), ("w", "")])
        }
        let histogram = registry.histograms("c_seconds", "Time.", .seconds([0.00005, 0.5, 1]), by: "x")["y"]
        for value in [Duration.microseconds(20), .milliseconds(500), .seconds(3)] { histogram.observe(value) }
        #expect(
            String(decoding: registry.text(), as: UTF8.self) == """
                # HELP a_total Things.
                # TYPE a_total counter
                a_total 3
                # HELP b Two of them.
                # TYPE b gauge
                b{x="y"} -1
                b{x="z",w=""} 0.25
                # HELP c_seconds Time.
                # TYPE c_seconds histogram
                c_seconds_bucket{x="y",le="5e-05"} 1
                c_seconds_bucket{x="y",le="0.5"} 2
                c_seconds_bucket{x="y",le="1"} 2
                c_seconds_bucket{x="y",le="+Inf"} 3
                c_seconds_sum{x="y"} 3.50002
                c_seconds_count{x="y"} 3

                """)
        #expect(Exposition(String(decoding: registry.text(), as: UTF8.self)).faults.isEmpty)
    }

    @Test(
        "escapes what would end a value or a line",
        arguments: [
            (#"a"b"#, #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#), ("a\r\u{0}\u{7f}b", "a   b"),
            (#"","le="+Inf"#, #"\",\"le=\"+Inf"#), ("größe 😀", "größe 😀"), (#"\n"#, #"\\n"#),
        ])
    func labels(value: String, text: String) {
        var writer = MetricsWriter()
        writer.begin("a", .gauge, #"One "line" \ "# + "\nonly.")
        writer.sample(1, [("x", value)])
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == "# HELP a One \"line\" \\\\ \\nonly.\n# TYPE a gauge\na{x=\"\(text)\"} 1\n")
    }

    @Test(
        "has numbers as Go reads them",
        arguments: [
            (0, "0"), (1, "1"), (-3, "-3"), (0.1, "0.1"), (1e21, "1e+21"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
            (.nan, "NaN"), (1_795_253_775.25, "1795253775.25"),
        ] as [(Double, String)])
    func numbers(value: Double, text: String) {
        var writer = MetricsWriter()
        writer.begin("a", .gauge, "A.")
        writer.sample(value)
        #expect(String(decoding: writer.bytes, as: UTF8.self).hasSuffix("\na \(text)\n"))
    }

    @Test("has each instrument from its making on, told apart by its labels, and a name only once")
    func instruments() {
        let registry = MetricsRegistry()
        let counters = registry.counters("a_total", "A.", by: "x", "y")
        _ = counters["1", "2"]
        counters["1"].add(2)
        let gauge = registry.gauge("b", "B.")
        #expect(gauge.set(5) == 0)
        gauge.add(-7)
        registry.gauge("c", "C.") { 3 }
        registry.add("d_total", .counter, "D.", by: "z") { [("1", 1), ("2", 2)] }
        _ = registry.counters("e_total", "Nothing yet.", by: "x")
        // Whoever makes the same again has the same.
        registry.counters("a_total", "A.", by: "x", "y")["1", "2"].add()
        #expect(
            String(decoding: registry.text(), as: UTF8.self) == """
                # HELP a_total A.
                # TYPE a_total counter
                a_total{x="1",y="2"} 1
                a_total{x="1"} 2
                # HELP b B.
                # TYPE b gauge
                b -2
                # HELP c C.
                # TYPE c gauge
                c 3
                # HELP d_total D.
                # TYPE d_total counter
                d_total{z="1"} 1
                d_total{z="2"} 2
                # HELP e_total Nothing yet.
                # TYPE e_total counter

                """)
    }

    @Test("says what the process takes, and is read whole")
    func process() {
        let registry = MetricsRegistry()
        registry.addProcess(version: "1.2.3")
        let found = Exposition(String(decoding: registry.text(), as: UTF8.self))
        #expect(found.faults.isEmpty)
        #expect(found[#"rosey_llm_build_info{version="1.2.3"}"#] == 1)
        #expect(found["process_resident_memory_bytes"] ?? 0 > 1_048_576)
        #expect(found["process_virtual_memory_bytes"] ?? 0 >= found["process_resident_memory_bytes"] ?? 1)
        #expect(found["process_cpu_seconds_total"] ?? 0 > 0)
        // Standard input, output and error at least.
        #expect(found["process_open_fds"] ?? 0 >= 3)
        #expect(found["process_max_fds"] ?? 0 >= found["process_open_fds"] ?? .infinity)
        #expect(found["process_threads"] ?? 0 >= 1)
        let now = Double(Timestamp.current().milliseconds) / 1000
        // Clocks that are set, and ticks of a hundredth.
        #expect((now - 86_400...now + 1).contains(found["process_start_time_seconds"] ?? 0))
    }
}
