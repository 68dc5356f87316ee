import BusProtocol
import Configuration
import Conversations
import FoundationEssentials
import GatewayCore
import HTTPTransport
import JSON
import LLMService
import LanguageModels
import NATSClient
import NATSPlugin
import Observability
import ServiceRuntime
import Settings
import Testing

@Suite struct FileTests {
    private static let example = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../config.json").path

    @Test func theExampleIsTheDefaults() throws {
        let (configuration, warnings, _) = try Configuration.load(path: Self.example, explicit: true)
        #expect(warnings == [])
        var expected = Configuration()
        for type in ProviderType.allCases { expected.providers[type.rawValue] = ProviderSettings(type) }
        #expect(configuration == expected)
    }

    /// What is stated in the settings of the modules, key by key with its default, is what the complete example shows.
    @Test func theExampleHasEveryKeyWithItsDefault() throws {
        let example = try #require(JSONValue.parse(Data(contentsOf: URL(filePath: Self.example)))?.object)
        let providers = ProviderType.allCases.map { ($0.rawValue, JSONValue.object([:])) }
        let object = JSONObject(["providers": .object(Dictionary(uniqueKeysWithValues: providers))])
        var root = Section(object, environment: Environment([:]))
        var configuration = Configuration()
        configuration.read(&root)
        #expect(root.faults == [])
        #expect(root.settings.count > 150)
        for (path, value) in root.settings {
            let keys = path.split(separator: ".").map(String.init)
            let section = keys.dropLast().reduce(Optional(example)) { $0?[$1]?.object }
            let written = try #require(section?[keys.last ?? ""], "config.json has no \(path)")
            #expect(Self.plain(written) == Self.plain(value), "\(path)")
        }
    }

    /// Where an empty string says nothing, and a whole number is a number.
    private static func plain(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(""): .null
        case .integer(let number): .number(Double(number))
        default: value
        }
    }

    @Test func theOldFileWorksUnchanged() throws {
        let old = """
            {"name":"llm","enabled":true,"default_provider":"ollama","max_context":20,
             "service":{"max_context_messages":10,"default_persona":"default"},
             "providers":{"ollama":{"base_url":"http://localhost:11434","timeout":60.0,"default_model":"llama3.2"},
               "openai":{"api_key":"sk-1","base_url":"https://api.openai.com/v1","organization":"","timeout":60.0,
                         "default_model":"gpt-4","max_retries":2},
               "openrouter":{"api_key":"sk-or-1","base_url":"https://openrouter.ai/api/v1","site_url":"",
                             "site_name":"Rosey-Robot","timeout":60.0,"default_model":"anthropic/claude-3-sonnet"}},
             "rate_limits":{"requests_per_minute":10,"requests_per_hour":100,"requests_per_day":500,
                            "tokens_per_day":50000}}
            """
        let (configuration, warnings) = try load(old)
        #expect(warnings == [])
        var expected = Configuration()
        expected.providers = [
            "ollama": ProviderSettings(.ollama), "openai": ProviderSettings(.openai),
            "openrouter": ProviderSettings(.openrouter),
        ]
        expected.providers["openai"]?.apiKeys = [Secret("sk-1")]
        expected.providers["openrouter"]?.apiKeys = [Secret("sk-or-1")]
        (expected.service.limits.user.requestsPerMinute, expected.service.limits.user.requestsPerHour) = (10, 100)
        (expected.service.limits.user.requestsPerDay, expected.service.limits.user.tokensPerDay) = (500, 50_000)
        #expect(configuration == expected)
    }

    /// What the section leaves out is as the old plugin had it; without the section there are no limits.
    @Test(arguments: [
        ("{}", [0, 0, 0, 0]), (#"{"rate_limits": null}"#, [0, 0, 0, 0]),
        (#"{"rate_limits": {}}"#, [10, 100, 500, 50_000]),
        (#"{"rate_limits": {"requests_per_hour": 7, "tokens_per_day": 0}}"#, [10, 7, 500, 0]),
        (#"{"rate_limits": {"requests_per_minute": null}}"#, [10, 100, 500, 50_000]),
    ])
    func theOldLimits(text: String, expected: [Int]) throws {
        let limits = try load(text).configuration.service.limits.user
        #expect(
            [limits.requestsPerMinute, limits.requestsPerHour, limits.requestsPerDay, limits.tokensPerDay] == expected)
    }

    @Test func oneWindowForAllModels() throws {
        #expect(try load(#"{"context": {"max_tokens": 8192}}"#).0.service.context.maxTokens == ["default": 8192])
    }

    @Test func everyValueArrives() throws {
        let text = """
            {"name": "n", "default_provider": "bot",
             "nats": {"servers": ["tls://a:1"], "nkey_seed_file": "/dev/null", "nkey_public_key": "U1", "name": "c",
                      "tls": {"ca_file": "/dev/null", "certificate_file": "/dev/zero", "key_file": "/dev/null"}},
             "service": {"max_context_messages": 1, "default_persona": "pirate", "max_channels": 2,
                         "max_concurrent_requests": 3, "max_queue": 0, "max_queue_per_channel": 4,
                         "shutdown_timeout": 0.5, "request_timeout": 6, "max_message_bytes": 7, "temperature": 0,
                         "max_images": 0, "max_image_bytes": 8, "max_embed_inputs": 9},
             "context": {"max_tokens": {"default": 64, "box/qwen3": 4096}, "summarize_after": 0,
                         "summary_model": "mine/a/b", "summary_max_words": 20, "keep_turns": 7},
             "chat": {"max_message_length": 200, "delta_interval_ms": 0, "admins": ["ann", "bob"],
                      "permissions": {"reset": "admins", "stop": "everyone"}},
             "memory": {"enabled": false, "max_per_channel": 7, "in_prompt": 0, "embedding_model": "box/e",
                        "extract": true, "extract_model": "m"}, "fallback": ["mine/a/b", "bot"],
             "resilience": {"breaker_window": 10, "breaker_min_requests": 1, "breaker_error_ratio": 1,
                            "breaker_open_time": 0.5, "max_retry_wait": 0},
             "cache": {"ttl": 60, "max_bytes": 2},
             "jobs": {"enabled": false, "commands": true, "result_ttl": 60, "max_deliveries": 1, "ack_wait": 2,
                      "max_running": 3},
             "personas": {"pirate": {"prompt": "Arr.", "temperature": 1.1, "model": "m"}, "brief": "Be brief."},
             "rate_limits": {"requests_per_minute": 1, "requests_per_hour": 2, "requests_per_day": 0, "tokens_per_day": 4},
             "limits": {"channel": {"requests_per_minute": 5, "tokens_per_day": 6}, "plugins": {"requests_per_hour": 7},
                        "tokens_per_day": 8, "exempt": ["bob"]},
             "logging": {"level": "debug", "format": "json"},
             "providers": {
               "mine": {"type": "openrouter", "base_url": "HTTPS://h:8/v1//", "api_key": " k ", "organization": "o",
                        "site_url": "s", "site_name": "t", "timeout": 1.5, "connect_timeout": 2, "default_model": "d",
                        "idle_timeout": 3, "total_timeout": 4, "embedding_model": "e", "max_concurrent": 5,
                        "max_retries": 0, "fallback": [], "models": ["a/b", "c"],
                        "provider": {"order": ["x"], "allow_fallbacks": false}, "api_keys": ["l", "k", "l"]},
               "box": {"type": "ollama", "num_ctx": 8192, "keep_alive": "1h30m", "think": "high", "fallback": "bot"},
               "bot": {"type": "scripted", "default_model": "script", "rules": [
                 {"pattern": "hello *", "replies": ["Hi", "Hey"], "delay": 0.25, "chunk_size": 3},
                 {"pattern": "a b", "replies": "One"},
                 {"pattern": "fail", "failure": {"code": "unavailable", "message": "Down"}},
                 {"pattern": "fail too", "failure": "timeout"}]}}}
            """
        let (configuration, warnings) = try load(text)
        #expect(warnings == [])
        var expected = Configuration()
        expected.defaultProvider = "bot"
        (expected.nats.servers, expected.nats.name) = (["tls://a:1"], "c")
        expected.nats.authentication = .nkeySeedFile(path: "/dev/null", publicKey: "U1")
        expected.nats.tls = NATSTLS(caFile: "/dev/null", certificateFile: "/dev/zero", keyFile: "/dev/null")
        expected.service = ServiceSettings(
            personas: PersonaBook(
                adding: [
                    Persona(name: "brief", prompt: "Be brief."),
                    Persona(name: "pirate", prompt: "Arr.", temperature: 1.1, model: "m"),
                ], lineLength: 200), defaultPersona: "pirate", maxContextMessages: 1, maxChannels: 2,
            queue: QueueLimits(running: 3, waiting: 0, waitingPerChannel: 4), requestTimeout: .seconds(6),
            temperature: 0)
        expected.requests = RequestLimits(messageBytes: 7, images: 0, imageBytes: 8, embedInputs: 9)
        expected.shutdownTimeout = .milliseconds(500)
        (expected.bridge.grace, expected.gateway.maxEmbedInputs) = (.milliseconds(1500), 9)
        let context = ["default": 64, "box/qwen3": 4096]
        (expected.service.context.maxTokens, expected.service.context.summarizeAfter) = (context, 0)
        (expected.service.context.summaryModel, expected.service.context.summaryMaxWords) = ("mine/a/b", 20)
        expected.service.conversationBounds.turns = 7
        (expected.chat.maxMessageLength, expected.chat.deltaInterval) = (200, .zero)
        expected.chat.permissions = Permissions(admins: ["ann", "bob"], restricted: [.reset])
        expected.gateway.reservedNames = ["ann", "bob"]
        expected.service.memory = MemorySettings().with {
            ($0.isEnabled, $0.maxPerChannel, $0.maxInPrompt) = (false, 7, 0)
            ($0.embeddingModel, $0.extracts, $0.extractModel) = ("box/e", true, "m")
        }
        expected.fallback = ["mine/a/b", "bot"]
        expected.service.resilience.breaker = BreakerSettings(
            window: .seconds(10), minimumRequests: 1, errorRatio: 1, openTime: .milliseconds(500))
        expected.service.resilience.maxRetryWait = .zero
        expected.jobs = JobSettings().with {
            ($0.isEnabled, $0.takesCommands, $0.resultTTL) = (false, true, .seconds(60))
            ($0.maxDeliveries, $0.ackWait, $0.maxRunning) = (1, .seconds(2), 3)
        }
        (expected.service.cache.ttl, expected.service.cache.maxBytes) = (.seconds(60), 2)
        expected.service.limits.user = UsageLimits(
            requestsPerMinute: 1, requestsPerHour: 2, requestsPerDay: 0, tokensPerDay: 4)
        expected.service.limits.channel = UsageLimits(requestsPerMinute: 5, tokensPerDay: 6)
        expected.service.limits.plugins = UsageLimits(requestsPerHour: 7)
        (expected.service.limits.tokensPerDay, expected.service.limits.exempt) = (8, ["bob"])
        (expected.logLevel, expected.logFormat) = (.debug, .json)

        var mine = ProviderSettings(.openrouter, name: "mine")
        (mine.baseURL, mine.apiKeys, mine.organization) = ("https://h:8/v1", [Secret("k"), Secret("l")], "o")
        (mine.siteURL, mine.siteName, mine.defaultModel) = ("s", "t", "d")
        mine.timeouts = HTTPTimeouts(
            connect: .seconds(2), firstByte: .milliseconds(1500), idle: .seconds(3), total: .seconds(4))
        (mine.embeddingModel, mine.models) = ("e", ["a/b", "c"])
        mine.policy = ProviderPolicy(maxRetries: 0, maxConcurrent: 5, fallback: [])
        mine.preferences = RawJSON(#"{"order":["x"],"allow_fallbacks":false}"#)
        var box = ProviderSettings(.ollama, name: "box")
        (box.contextWindow, box.keepAlive, box.think) = (8192, .string("1h30m"), .string("high"))
        box.policy.fallback = ["bot"]
        var bot = ProviderSettings(.scripted, name: "bot")
        bot.defaultModel = "script"
        bot.rules = [
            ScriptedRule("hello *", replies: ["Hi", "Hey"], delay: .milliseconds(250), chunkSize: 3),
            ScriptedRule("a b", replies: ["One"]),
            ScriptedRule("fail", replies: [], failure: ProviderError(.unavailable, "Down")),
            ScriptedRule(
                "fail too", replies: [], failure: ProviderError(.timeout, "the script says that this fails")),
        ]
        expected.providers = ["mine": mine, "box": box, "bot": bot]
        #expect(configuration == expected)
    }
}
