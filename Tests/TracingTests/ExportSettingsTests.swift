import Observability
import ServiceRuntime
import Testing
import TraceExport

/// What OpenTelemetry's environment variables mean here.
@Suite struct ExportSettingsTests {
    private static let endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"

    private func read(_ environment: [String: String]) -> (settings: ExportSettings?, warnings: [String]) {
        ExportSettings.read(environment, service: ("rosey-llm", "1.2.3"))
    }

    @Test(arguments: [
        ([endpoint: "http://collector:4318"], "http://collector:4318/v1/traces"),
        ([endpoint: " http://collector:4318// "], "http://collector:4318/v1/traces"),
        ([endpoint: "https://collector/otlp/"], "https://collector/otlp/v1/traces"),
        (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t:1/x", endpoint: "http://collector"], "http://t:1/x"),
        (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "", endpoint: "http://collector"], "http://collector/v1/traces"),
        ([endpoint: "http://collector", "OTEL_SDK_DISABLED": "false"], "http://collector/v1/traces"),
    ])
    func endpoints(environment: [String: String], url: String) {
        let (settings, warnings) = read(environment)
        #expect(settings?.endpoint == url)
        #expect(warnings.isEmpty)
    }

    @Test(arguments: [
        [:], [endpoint: ""], [endpoint: "http://c", "OTEL_SDK_DISABLED": "TRUE"],
        [endpoint: "http://c", "OTEL_TRACES_EXPORTER": "none"],
    ])
    func off(environment: [String: String]) {
        let (settings, warnings) = read(environment)
        #expect(settings == nil)
        #expect(warnings.isEmpty)
    }

    /// What is wrong is said, counts as unset, and is never repeated: it may be a key.
    @Test(arguments: [
        (endpoint, "collector:4318"), (endpoint, "http://"), (endpoint, "http:///v1"), (endpoint, "http://a b"),
        ("OTEL_SDK_DISABLED", "yes"), ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "99999999999"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "sesame"), ("OTEL_EXPORTER_OTLP_HEADERS", "a b=sesame"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=sesame%0Ab"), ("OTEL_EXPORTER_OTLP_HEADERS", "a=sesame%zz"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "=sesame"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"), ("OTEL_BSP_SCHEDULE_DELAY", "0"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"), ("OTEL_BSP_MAX_QUEUE_SIZE", "1000000000"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "x"), ("OTEL_BSP_EXPORT_TIMEOUT", "1.5"),
        ("OTEL_RESOURCE_ATTRIBUTES", "nothing"),
    ])
    func wrong(name: String, value: String) {
        var environment = [Self.endpoint: "http://collector"]
        environment[name] = value
        let (settings, warnings) = read(environment)
        #expect(warnings.count == 1)
        #expect(warnings.first?.hasPrefix(name + ": ") == true)
        #expect(!warnings.joined().contains("sesame"))
        #expect((settings == nil) == (name == Self.endpoint))
        guard let settings else { return }
        #expect(settings.headers.isEmpty)
        #expect(settings.timeout == .seconds(10))
        #expect(settings.batchTimeout == .seconds(30))
        #expect((settings.queueSize, settings.batchSize, settings.delay) == (2048, 512, .seconds(5)))
        #expect(settings.sampler == Sampler())
    }

    @Test func headersAndTimes() throws {
        let (settings, warnings) = read([
            Self.endpoint: "http://user:sesame@collector:4318/?key=sesame",
            "OTEL_EXPORTER_OTLP_HEADERS": "Authorization=Bearer%20sesame , x-scope=a=b,",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "2500", "OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_BSP_EXPORT_TIMEOUT": "0",
            "OTEL_BSP_MAX_QUEUE_SIZE": "100",
        ])
        let read = try #require(settings)
        #expect(warnings.isEmpty)
        #expect(read.headers.map(\.name) == ["Authorization", "x-scope"])
        #expect(read.headers.map(\.value.revealed) == ["Bearer sesame", "a=b"])
        #expect(!"\(read.headers)".contains("sesame"))
        #expect(read.server == "http://collector:4318")
        #expect((read.timeout, read.delay) == (.milliseconds(2500), .milliseconds(100)))
        #expect(read.batchTimeout > .seconds(86_400))
        #expect((read.queueSize, read.batchSize) == (100, 100))
    }

    @Test(
        arguments: [
            ("always_on", nil, Sampler(.all, isParentBased: false)),
            ("always_off", nil, Sampler(.none, isParentBased: false)),
            ("traceidratio", "0.5", Sampler(.ratio(0.5), isParentBased: false)),
            ("parentbased_always_on", nil, Sampler()),
            ("parentbased_always_off", nil, Sampler(.none)),
            ("parentbased_traceidratio", "0.25", Sampler(.ratio(0.25))),
            ("parentbased_traceidratio", nil, Sampler(.ratio(1))),
        ] as [(String, String?, Sampler)])
    func samplers(name: String, argument: String?, sampler: Sampler) {
        var environment = [Self.endpoint: "http://c", "OTEL_TRACES_SAMPLER": name]
        environment["OTEL_TRACES_SAMPLER_ARG"] = argument
        #expect(read(environment).settings?.sampler == sampler)
        #expect(read(environment).warnings.isEmpty)
    }

    @Test(arguments: ["2", "-0.1", "half", "nan"])
    func wrongRatio(argument: String) {
        let (settings, warnings) = read([
            Self.endpoint: "http://c", "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
            "OTEL_TRACES_SAMPLER_ARG": argument,
        ])
        #expect(settings?.sampler == Sampler(.ratio(1)))
        #expect(warnings.count == 1)
    }

    @Test func theProcess() throws {
        let settings = try #require(
            read([
                Self.endpoint: "http://c", "OTEL_SERVICE_NAME": "deck",
                "OTEL_RESOURCE_ATTRIBUTES": "service.name=other,deployment.environment.name=a%2Cb",
            ]).settings)
        #expect(settings.resource.contains(Attribute("service.name", "deck")))
        #expect(settings.resource.contains(Attribute("deployment.environment.name", "a,b")))
        #expect(settings.resource.contains(Attribute("service.version", "1.2.3")))
        #expect(settings.resource.contains { $0.key == "service.instance.id" })
        #expect(Set(settings.resource.map(\.key)).count == settings.resource.count)
    }
}
