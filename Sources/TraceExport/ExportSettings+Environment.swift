import Observability
import ServiceRuntime

extension ExportSettings {
    /// What the environment says.
    ///
    /// As the OpenTelemetry specification has it: `protocol/exporter.md` and `configuration/sdk-environment-variables.md`.
    ///
    /// - Parameter service: the name and version of the program, where nothing else is said.
    /// - Returns: nil where no spans are to be sent; and what is wrong with the variables, for the log.
    package static func read(
        _ environment: [String: String], service: (name: String, version: String)
    ) -> (settings: ExportSettings?, warnings: [String]) {
        var reader = EnvironmentReader(environment)
        guard !reader.flag("OTEL_SDK_DISABLED"), reader.text("OTEL_TRACES_EXPORTER") != "none",
            let endpoint = endpoint(&reader)
        else { return (nil, reader.warnings) }
        var settings = ExportSettings(endpoint: endpoint)
        settings.readTransport(&reader)
        settings.readBatches(&reader)
        settings.sampler = sampler(&reader)
        settings.resource = resource(&reader, service)
        return (settings, reader.warnings)
    }

    private static func endpoint(_ reader: inout EnvironmentReader) -> String? {
        for (name, path) in [
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ""), ("OTEL_EXPORTER_OTLP_ENDPOINT", "/v1/traces"),
        ] {
            guard var url = reader.text(name) else { continue }
            guard isURL(url) else {
                reader.warn(name, "expected a URL that begins with http:// or https://; ignored")
                continue
            }
            while !path.isEmpty, url.hasSuffix("/") { url.removeLast() }
            return url + path
        }
        return nil
    }

    private static func isURL(_ text: String) -> Bool {
        let scheme = text.lowercased()
        guard scheme.hasPrefix("http://") || scheme.hasPrefix("https://"), text.utf8.count <= 2048 else { return false }
        return !ExportSettings(endpoint: text).server.hasSuffix("/")
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private mutating func readTransport(_ reader: inout EnvironmentReader) {
        if let name = reader.first("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"),
            reader.text(name) != "http/json"
        {
            reader.warn(name, "expected http/json; spans are sent as that all the same")
        }
        if let name = reader.first("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"),
            reader.text(name) != "none"
        {
            reader.warn(name, "expected none; spans are sent as they are")
        }
        if let name = reader.first("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT") {
            timeout = reader.limit(name) ?? timeout
        }
        if let name = reader.first("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS") {
            headers = reader.pairs(name, isValid: Self.isHeader).map { ($0.name, Secret($0.value)) }
        }
    }

    private mutating func readBatches(_ reader: inout EnvironmentReader) {
        delay = reader.milliseconds("OTEL_BSP_SCHEDULE_DELAY", from: 1) ?? delay
        batchTimeout = reader.limit("OTEL_BSP_EXPORT_TIMEOUT") ?? batchTimeout
        queueSize = reader.number("OTEL_BSP_MAX_QUEUE_SIZE", in: 1...100_000) ?? queueSize
        batchSize = reader.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", in: 1...4096) ?? batchSize
        guard batchSize > queueSize else { return }
        if reader.text("OTEL_BSP_MAX_EXPORT_BATCH_SIZE") != nil {
            reader.warn("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "expected at most OTEL_BSP_MAX_QUEUE_SIZE; taken for that")
        }
        batchSize = queueSize
    }

    private static func sampler(_ reader: inout EnvironmentReader) -> Sampler {
        let name = "OTEL_TRACES_SAMPLER"
        switch reader.text(name) {
        case "parentbased_always_on", nil: return Sampler()
        case "parentbased_always_off": return Sampler(.none)
        case "parentbased_traceidratio": return Sampler(.ratio(ratio(&reader)))
        case "always_on": return Sampler(.all, isParentBased: false)
        case "always_off": return Sampler(.none, isParentBased: false)
        case "traceidratio": return Sampler(.ratio(ratio(&reader)), isParentBased: false)
        default:
            reader.warn(name, "not a sampler that is known here; parentbased_always_on is used")
            return Sampler()
        }
    }

    private static func ratio(_ reader: inout EnvironmentReader) -> Double {
        let name = "OTEL_TRACES_SAMPLER_ARG"
        guard let text = reader.text(name) else { return 1 }
        guard let ratio = Double(text), (0...1).contains(ratio) else {
            reader.warn(name, "expected a number from 0 to 1; 1 is used")
            return 1
        }
        return ratio
    }

    private static func resource(
        _ reader: inout EnvironmentReader, _ service: (name: String, version: String)
    ) -> [Attribute] {
        var texts = [
            "service.name": service.name, "service.version": service.version,
            "service.instance.id": TraceIDs().traceID().description, "telemetry.sdk.name": "rosey-llm",
            "telemetry.sdk.language": "swift", "telemetry.sdk.version": service.version,
        ]
        for (name, value) in reader.pairs("OTEL_RESOURCE_ATTRIBUTES", isValid: { name, _ in !name.isEmpty }) {
            texts[name] = value
        }
        if let name = reader.text("OTEL_SERVICE_NAME") { texts["service.name"] = name }
        return texts.sorted { $0.key < $1.key }.map { Attribute($0.key, $0.value) }
    }

    /// As HTTP has it: a token, and a value without line ends.
    private static func isHeader(_ name: String, _ value: String) -> Bool {
        !name.isEmpty && !value.isEmpty
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"()<>@,;:\\\"/[]?={}".utf8.contains($0) }
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
