// swift-tools-version: 6.2
import PackageDescription

/// Applied to every target: the language at its strictest.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "rosey-llm",
    products: [
        .library(
            name: "LLMService",
            targets: ["LLMService", "LanguageModels", "Conversations", "Observability", "ServiceRuntime"]),
        .executable(name: "rosey-llm", targets: ["rosey-llm"]),
    ],
    targets: [
        // The C libraries, as Debian ships them.
        .systemLibrary(name: "CNATS", pkgConfig: "libnats", providers: [.apt(["libnats-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(
            name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CEdit", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),

        // What everything stands on: tasks, time and the event loop; JSON. And the four that touch other C.
        target("Concurrency", ["CEpoll"]),
        target("NATSClient", ["CNATS", "Concurrency", "JSON"]),
        target("HTTPTransport", ["CCurl", "Concurrency"]),
        target("HTTPServing", ["CMicroHTTPD", "Concurrency"]),
        target("LineEditing", ["CEdit", "Concurrency"]),
        target("JSON"),
        target("ServiceRuntime", ["Concurrency"]),

        // How settings are read from a section of the configuration, for every target that has some.
        target("Settings", ["Concurrency", "JSON", "ServiceRuntime"]),

        // Log, metrics and traces, for everybody; and the spans' way to a collector.
        target("Observability", ["Concurrency", "ServiceRuntime"]),
        target("TraceExport", ["Concurrency", "HTTPTransport", "JSON", "Observability", "ServiceRuntime"]),

        // The heart. Knows no NATS; HTTP only below LanguageModels.
        target(
            "LanguageModels", ["Concurrency", "HTTPTransport", "JSON", "Observability", "ServiceRuntime", "Settings"]),
        target("Eliza", ["LanguageModels"]),
        target("Conversations", ["Concurrency", "JSON", "LanguageModels", "ServiceRuntime", "Settings"]),
        target(
            "LLMService",
            [
                "Concurrency", "Conversations", "JSON", "LanguageModels", "Observability", "ServiceRuntime", "Settings",
            ]),

        // What goes over NATS: subjects and messages, in code.
        target(
            "BusProtocol",
            [
                "Concurrency", "Conversations", "JSON", "LLMService", "LanguageModels", "NATSClient", "ServiceRuntime",
                "Settings",
            ]),

        // What outlives the process: documents in JetStream key-value, shared by all instances.
        target(
            "Persistence",
            ["Concurrency", "Conversations", "JSON", "NATSClient", "Observability", "ServiceRuntime", "Settings"]),

        // The doors, the configuration, the terminal.
        target(
            "NATSPlugin",
            [
                "BusProtocol", "Concurrency", "Conversations", "JSON", "LLMService", "LanguageModels", "NATSClient",
                "Observability", "ServiceRuntime", "Settings",
            ]),
        // OpenAI's interface and the page: two clients of the bus behind one HTTP server.
        target(
            "GatewayCore",
            [
                "BusProtocol", "HTTPServing", "JSON", "NATSClient", "Observability", "ServiceRuntime", "Settings",
            ]),
        target(
            "OpenAIGateway",
            [
                "BusProtocol", "GatewayCore", "HTTPServing", "JSON", "NATSClient", "Observability", "ServiceRuntime",
            ]),
        .target(
            name: "WebChat",
            dependencies: [
                "BusProtocol", "Concurrency", "GatewayCore", "HTTPServing", "JSON", "NATSClient", "ServiceRuntime",
            ],
            // The page's files become part of the program: there is nothing to install beside it.
            resources: [
                "index.html", "chat.css", "chat.js", "turns.js", "room.js", "markdown.js", "inline.js", "parts.js",
                "line.js", "who.js", "icon.svg",
            ].map { .embedInCode("Page/\($0)") },
            swiftSettings: settings),
        target(
            "HTTPGateway",
            [
                "BusProtocol", "GatewayCore", "HTTPServing", "JSON", "NATSClient", "Observability", "OpenAIGateway",
                "ServiceRuntime", "WebChat",
            ]),
        target(
            "Configuration",
            [
                "BusProtocol", "Conversations", "GatewayCore", "JSON", "LLMService", "LanguageModels", "NATSClient",
                "NATSPlugin", "Observability", "Persistence", "ServiceRuntime", "Settings",
            ]),
        target(
            "Console",
            [
                "BusProtocol", "Concurrency", "Configuration", "Conversations", "Eliza", "GatewayCore", "HTTPGateway",
                "HTTPServing",
                "HTTPTransport", "JSON", "LLMService", "LanguageModels", "LineEditing", "NATSClient", "NATSPlugin",
                "Observability", "Persistence", "ServiceRuntime", "Settings", "TraceExport",
            ]),
        .executableTarget(name: "rosey-llm", dependencies: ["Console"], swiftSettings: settings),

        // Real servers for the tests; time that moves, and tasks that run, when told to; and the tests.
        .target(name: "TestSupport", dependencies: ["HTTPServing"], path: "Tests/TestSupport", swiftSettings: settings),
        .target(
            name: "CoreTestSupport", dependencies: ["ServiceRuntime"], path: "Tests/CoreTestSupport",
            swiftSettings: settings),
        .target(
            name: "TraceTestSupport", dependencies: ["HTTPServing", "JSON", "TestSupport"],
            path: "Tests/TraceTestSupport", swiftSettings: settings),
        tests("JSONTests", ["JSON"]),
        tests(
            "TracingTests",
            [
                "CoreTestSupport", "GatewayCore", "HTTPGateway", "HTTPServing", "HTTPTransport", "JSON", "LLMService",
                "LanguageModels", "NATSClient", "NATSPlugin", "Observability", "ServiceRuntime", "Settings",
                "TestSupport", "TraceExport", "TraceTestSupport",
            ]),
        tests(
            "ConfigurationTests",
            [
                "BusProtocol", "Configuration", "Conversations", "GatewayCore", "HTTPTransport", "JSON", "LLMService",
                "LanguageModels", "NATSClient", "NATSPlugin", "Observability", "Persistence", "ServiceRuntime",
                "Settings",
            ]),
        tests("ConsoleTests", ["Configuration", "Console", "Observability", "ServiceRuntime"]),
        tests("LineEditingTests", ["LineEditing"]),
        tests("ServiceRuntimeTests", ["Concurrency", "CoreTestSupport", "ServiceRuntime"]),
        tests("ObservabilityTests", ["CoreTestSupport", "Observability", "ServiceRuntime"]),
        tests(
            "ConversationsTests",
            ["Concurrency", "Conversations", "CoreTestSupport", "LanguageModels", "ServiceRuntime"]),
        tests(
            "LLMServiceTests",
            [
                "Concurrency", "Conversations", "CoreTestSupport", "JSON", "LLMService", "LanguageModels",
                "Observability", "ServiceRuntime", "Settings",
            ]),
        tests(
            "PersistenceTests",
            [
                "Concurrency", "Conversations", "CoreTestSupport", "JSON", "LLMService", "LanguageModels", "NATSClient",
                "Observability", "Persistence", "ServiceRuntime", "TestSupport",
            ]),
        tests("HTTPServingTests", ["HTTPServing", "HTTPTransport", "TestSupport"]),
        tests("ConcurrencyTests", ["Concurrency", "CoreTestSupport", "TestSupport"]),
        tests("HTTPTransportTests", ["Concurrency", "HTTPServing", "HTTPTransport", "TestSupport"]),
        tests(
            "LanguageModelsTests",
            [
                "CoreTestSupport", "HTTPServing", "HTTPTransport", "JSON", "LanguageModels", "ServiceRuntime",
                "TestSupport",
            ]),
        tests(
            "DocumentationTests",
            [
                "Console", "Eliza", "GatewayCore", "HTTPGateway", "JSON", "LLMService", "LanguageModels", "NATSClient",
                "NATSPlugin", "Observability", "Settings", "TestSupport",
            ]),
        tests("ElizaTests", ["Eliza", "LanguageModels"]),
        tests("NATSClientTests", ["Concurrency", "NATSClient", "TestSupport"]),
        tests(
            "BusProtocolTests",
            [
                "BusProtocol", "Conversations", "CoreTestSupport", "JSON", "LLMService", "LanguageModels",
                "ServiceRuntime",
            ]),
        tests(
            "NATSPluginTests",
            [
                "BusProtocol", "Conversations", "CoreTestSupport", "JSON", "LLMService", "LanguageModels", "NATSClient",
                "NATSPlugin", "Observability", "ServiceRuntime", "Settings",
            ]),
        tests(
            "ServiceTests",
            [
                "BusProtocol", "Concurrency", "Conversations", "CoreTestSupport", "HTTPServing", "HTTPTransport",
                "JSON", "LLMService", "LanguageModels", "NATSClient", "NATSPlugin", "Observability", "ServiceRuntime",
                "Settings", "TestSupport",
            ]),
        .testTarget(
            name: "HTTPGatewayTests",
            dependencies: [
                "BusProtocol", "CoreTestSupport", "GatewayCore", "HTTPGateway", "HTTPServing", "HTTPTransport", "JSON",
                "OpenAIGateway", "WebChat",
                "LLMService", "LanguageModels", "NATSClient", "NATSPlugin", "Observability", "ServiceRuntime",
                "Settings", "TestSupport",
            ],
            exclude: ["Resources"], swiftSettings: settings),
        tests(
            "ProgramTests",
            ["CoreTestSupport", "HTTPTransport", "JSON", "NATSClient", "TestSupport", "TraceTestSupport", "rosey-llm"]),
        // Real model servers; skipped where deploy/upstreams has not installed them.
        .testTarget(
            name: "UpstreamTests",
            dependencies: ["HTTPServing", "HTTPTransport", "JSON", "LanguageModels", "ServiceRuntime", "TestSupport"],
            exclude: ["Resources"], swiftSettings: settings),
    ]
)

// Random input for the parsers, and random schedules for the instances: a short run is a test; the long one (deploy/fuzz) is
// a program, which needs the modules built for testing, and so is there only when asked for.
let fuzzed: [Target.Dependency] = ["CoreTestSupport", "HTTPTransport", "JSON", "LanguageModels", "NATSPlugin"]
package.targets.append(
    Context.environment["ROSEY_LLM_FUZZ"] == nil
        ? .testTarget(
            name: "FuzzTests", dependencies: fuzzed, path: "Tests/Fuzz", exclude: ["main.swift"],
            swiftSettings: settings)
        : .executableTarget(
            name: "fuzz", dependencies: fuzzed, path: "Tests/Fuzz",
            exclude: ["ShortRunTests.swift", "ClusterSimulationTests.swift"],
            swiftSettings: settings))
