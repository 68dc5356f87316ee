import Configuration
import FoundationEssentials
import JSON
import ServiceRuntime
import Testing

@Suite struct FileTests {
    private static let example = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../config.json").path

    @Test func theExampleIsTheDefaults() throws {
        let (configuration, warnings) = try Configuration.load(path: Self.example, explicit: true)
        #expect(warnings == [])
        var expected = Configuration()
        for type in Configuration.Provider.Kind.allCases {
            expected.providers[type.rawValue] = .init(name: type.rawValue, type: type)
        }
        #expect(configuration == expected)
    }

    /// The labels of a section's values, as the file spells them.
    private func keys(_ section: Any) -> Set<String> {
        Set(
            Mirror(reflecting: section).children.compactMap(\.label).map { label in
                label.replacing("URL", with: "Url").reduce(into: "") { key, letter in
                    key += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
                }
            })
    }

    @Test func theExampleHasEveryKey() throws {
        let bytes = try Data(contentsOf: URL(filePath: Self.example))
        let root = try #require(JSONValue.parse(bytes)?.object)
        let sections: [(String, Any)] = [
            ("nats", Configuration.NATS()), ("service", Configuration.Service()),
            ("context", Configuration.Context()), ("memory", Configuration.Memory()),
            ("resilience", Configuration.Resilience()), ("cache", Configuration.Cache()),
            ("rate_limits", Configuration.RateLimits()), ("limits", Configuration.Limits()),
            ("logging", Configuration.Logging()),
        ]
        #expect(keys(Configuration()) == Set(root.keys))
        #expect(
            keys(Configuration.Chat()).subtracting(["delta_interval"]).union(["delta_interval_ms"])
                == Set(root["chat"]?.object?.keys ?? [:].keys))
        for (name, section) in sections { #expect(keys(section) == Set(root[name]?.object?.keys ?? [:].keys)) }
        #expect(keys(Configuration.NATS.TLS()) == Set(root["nats"]?.object?["tls"]?.object?.keys ?? [:].keys))

        let providers = try #require(root["providers"]?.object)
        let all = providers.values.reduce(into: Set<String>()) { $0.formUnion($1.object?.keys ?? [:].keys) }
        #expect(
            all
                == keys(Configuration.Provider(name: "x", type: .openai)).subtracting(["name", "preferences"])
                .union(["api_key", "api_key_file", "provider"]))
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
            "ollama": .init(name: "ollama", type: .ollama), "openai": .init(name: "openai", type: .openai),
            "openrouter": .init(name: "openrouter", type: .openrouter),
        ]
        expected.providers["openai"]?.apiKeys = [Secret("sk-1")]
        expected.providers["openrouter"]?.apiKeys = [Secret("sk-or-1")]
        (expected.rateLimits.requestsPerMinute, expected.rateLimits.requestsPerHour) = (10, 100)
        (expected.rateLimits.requestsPerDay, expected.rateLimits.tokensPerDay) = (500, 50_000)
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
        let limits = try load(text).configuration.rateLimits
        #expect(
            [limits.requestsPerMinute, limits.requestsPerHour, limits.requestsPerDay, limits.tokensPerDay] == expected)
    }

    @Test func oneWindowForAllModels() throws {
        #expect(try load(#"{"context": {"max_tokens": 8192}}"#).0.context.maxTokens == ["default": 8192])
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
             "cache": {"ttl": 60, "max_entries": 1, "max_bytes": 2},
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
        (expected.name, expected.defaultProvider) = ("n", "bot")
        (expected.nats.servers, expected.nats.name) = (["tls://a:1"], "c")
        (expected.nats.nkeySeedFile, expected.nats.nkeyPublicKey) = ("/dev/null", "U1")
        expected.nats.tls.caFile = "/dev/null"
        (expected.nats.tls.certificateFile, expected.nats.tls.keyFile) = ("/dev/zero", "/dev/null")
        (expected.service.maxContextMessages, expected.service.defaultPersona) = (1, "pirate")
        (expected.service.maxChannels, expected.service.maxConcurrentRequests) = (2, 3)
        (expected.service.maxQueue, expected.service.maxQueuePerChannel) = (0, 4)
        (expected.service.shutdownTimeout, expected.service.requestTimeout) = (.milliseconds(500), .seconds(6))
        (expected.service.maxMessageBytes, expected.service.temperature) = (7, 0)
        (expected.service.maxImages, expected.service.maxImageBytes, expected.service.maxEmbedInputs) = (0, 8, 9)
        (expected.context.maxTokens, expected.context.summarizeAfter) = (["default": 64, "box/qwen3": 4096], 0)
        (expected.context.summaryModel, expected.context.summaryMaxWords) = ("mine/a/b", 20)
        expected.context.keepTurns = 7
        (expected.chat.maxMessageLength, expected.chat.deltaInterval) = (200, .zero)
        expected.chat.admins = ["ann", "bob"]
        (expected.memory.enabled, expected.memory.maxPerChannel, expected.memory.inPrompt) = (false, 7, 0)
        (expected.memory.embeddingModel, expected.memory.extract, expected.memory.extractModel) = ("box/e", true, "m")
        expected.fallback = ["mine/a/b", "bot"]
        (expected.resilience.breakerWindow, expected.resilience.breakerMinRequests) = (.seconds(10), 1)
        (expected.resilience.breakerErrorRatio, expected.resilience.breakerOpenTime) = (1, .milliseconds(500))
        expected.resilience.maxRetryWait = .zero
        (expected.jobs.isEnabled, expected.jobs.takesCommands) = (false, true)
        (expected.jobs.resultTTL, expected.jobs.maxDeliveries) = (.seconds(60), 1)
        (expected.jobs.ackWait, expected.jobs.maxRunning) = (.seconds(2), 3)
        (expected.cache.ttl, expected.cache.maxEntries, expected.cache.maxBytes) = (.seconds(60), 1, 2)
        expected.personas = [
            "pirate": .init(prompt: "Arr.", temperature: 1.1, model: "m"), "brief": .init(prompt: "Be brief."),
        ]
        (expected.rateLimits.requestsPerMinute, expected.rateLimits.requestsPerHour) = (1, 2)
        (expected.rateLimits.requestsPerDay, expected.rateLimits.tokensPerDay) = (0, 4)
        (expected.limits.channel.requestsPerMinute, expected.limits.channel.tokensPerDay) = (5, 6)
        (expected.limits.plugins.requestsPerHour, expected.limits.tokensPerDay) = (7, 8)
        expected.limits.exempt = ["bob"]
        expected.chat.permissions = [.reset: .admins, .stop: .everyone]
        (expected.logging.level, expected.logging.format) = (.debug, .json)

        var mine = Configuration.Provider(name: "mine", type: .openrouter)
        (mine.baseURL, mine.apiKeys, mine.organization) = ("https://h:8/v1", [Secret("k"), Secret("l")], "o")
        (mine.siteURL, mine.siteName, mine.defaultModel, mine.maxRetries) = ("s", "t", "d", 0)
        (mine.firstTokenTimeout, mine.connectTimeout) = (.milliseconds(1500), .seconds(2))
        (mine.idleTimeout, mine.totalTimeout) = (.seconds(3), .seconds(4))
        (mine.embeddingModel, mine.maxConcurrent, mine.fallback, mine.models) = ("e", 5, [], ["a/b", "c"])
        mine.preferences = ["order": .array([.string("x")]), "allow_fallbacks": .bool(false)]
        var box = Configuration.Provider(name: "box", type: .ollama)
        (box.numCtx, box.keepAlive, box.think) = (8192, .string("1h30m"), .string("high"))
        box.fallback = ["bot"]
        var bot = Configuration.Provider(name: "bot", type: .scripted)
        bot.defaultModel = "script"
        bot.rules = [
            .init(pattern: "hello *", replies: ["Hi", "Hey"]), .init(pattern: "a b", replies: ["One"]),
            .init(pattern: "fail", replies: []), .init(pattern: "fail too", replies: []),
        ]
        (bot.rules[0].delay, bot.rules[0].chunkSize) = (.milliseconds(250), 3)
        bot.rules[2].failure = .init(code: "unavailable", message: "Down")
        bot.rules[3].failure = .init(code: "timeout")
        expected.providers = ["mine": mine, "box": box, "bot": bot]
        #expect(configuration == expected)
    }
}
