import Configuration
import LLMService
import LanguageModels
import NATSClient
import Observability
import ServiceRuntime
import Testing

/// The command line over the environment over the file over the defaults.
@Suite struct SourceTests {
    private static func overrides(_ change: (inout Configuration.Overrides) -> Void) -> Configuration.Overrides {
        var overrides = Configuration.Overrides()
        change(&overrides)
        return overrides
    }

    @Test func servers() throws {
        let file = #"{"nats": {"servers": ["file:1"]}}"#
        let environment = ["NATS_URL": "nats://one:4222, tls://two ,"]
        let overrides = Self.overrides { $0.natsURL = "three" }
        #expect(try load("{}").configuration.nats.servers == ["nats://127.0.0.1:4222"])
        #expect(try load(file).configuration.nats.servers == ["nats://file:1"])
        #expect(
            try load(file, environment: environment).configuration.nats.servers == ["nats://one:4222", "tls://two"])
        #expect(
            try load(file, environment: environment, overrides: overrides).configuration.nats.servers
                == ["nats://three"])
        #expect(try load(file, environment: ["NATS_URL": ""]).configuration.nats.servers == ["nats://file:1"])
        #expect(try load(#"{"nats": {"servers": "[::1]:4222"}}"#).configuration.nats.servers == ["nats://[::1]:4222"])
        #expect(
            try faults(file, environment: ["NATS_URL": ","]) == ["NATS_URL: expected at least one server, got none"])
    }

    @Test func credentialsInAURLBecomeSettings() throws {
        let inFile = try load(#"{"nats": {"servers": ["nats://us%40er:p%3Ass:w@a:1", "b"]}}"#).configuration.nats
        #expect(inFile.servers == ["nats://a:1", "nats://b"])
        #expect(inFile.authentication == .userPassword(user: "us@er", password: "p:ss:w"))

        let token = try load(#"{"nats": {"user": "u", "password": "p"}}"#, environment: ["NATS_URL": "nats://t0k@h"])
        #expect(token.configuration.nats.authentication == .token("t0k"))
    }

    @Test func provider() throws {
        let file = #"{"default_provider": "mine", "providers": {"mine": {"type": "openai"}, "ollama": {}}}"#
        let environment = ["ROSEY_LLM_PROVIDER": "ollama"]
        #expect(try load(file).configuration.defaultProvider == "mine")
        #expect(try load(file, environment: environment).configuration.defaultProvider == "ollama")
        let scripted = Self.overrides { $0.provider = "scripted" }
        let (configuration, _) = try load(file, environment: environment, overrides: scripted)
        #expect(configuration.defaultProvider == "scripted")
        #expect(configuration.providers.keys.sorted() == ["mine", "ollama", "scripted"])

        let nope = Self.overrides { $0.provider = "nope" }
        #expect(
            try faults(file, overrides: nope) == [
                #"--provider: no provider "nope" is configured (there are: mine, ollama)"#
            ])
        #expect(
            try faults(file, environment: ["ROSEY_LLM_PROVIDER": "nope"])
                == [#"ROSEY_LLM_PROVIDER: no provider "nope" is configured (there are: mine, ollama)"#])
    }

    @Test(arguments: [
        ("{}", "ollama", ["ollama", "scripted"]),
        (#"{"providers": {}}"#, "ollama", ["ollama", "scripted"]),
        (#"{"providers": {"openai": {}}}"#, "openai", ["openai"]),
        (#"{"providers": {"groq": {"type": "openai"}, "scripted": {}}}"#, "groq", ["groq", "scripted"]),
        (#"{"providers": {"scripted": {}}}"#, "scripted", ["scripted"]),
        (#"{"default_provider": "scripted"}"#, "scripted", ["ollama", "scripted"]),
    ])
    func whichProvidersThereAre(text: String, defaultProvider: String, names: [String]) throws {
        let (configuration, _) = try load(text)
        #expect(configuration.defaultProvider == defaultProvider)
        #expect(configuration.providers.keys.sorted() == names)
    }

    @Test func logging() throws {
        let file = #"{"logging": {"level": "error", "format": "json"}}"#
        #expect(try load(file).configuration.logLevel == .error)
        let overrides = Self.overrides { ($0.logLevel, $0.logFormat) = (.debug, .text) }
        let configuration = try load(file, overrides: overrides).configuration
        #expect(configuration.logLevel == .debug)
        #expect(configuration.logFormat == .text)
    }

    @Test func keysAndAddressesOfTheEnvironment() throws {
        let file = """
            {"default_provider": "openai", "providers": {
              "openai": {"api_key": "file", "base_url": "https://file/v1/"}, "openrouter": {}, "ollama": {},
              "groq": {"type": "openai", "api_key": "groq", "base_url": "https://groq/v1"}}}
            """
        #expect(try load(file).configuration.providers["openai"]?.baseURL == "https://file/v1")
        let environment = [
            "OPENAI_API_KEY": " env\n", "OPENAI_BASE_URL": "http://env:8080/v1/", "OPENROUTER_API_KEY": "or",
            "OLLAMA_HOST": "box:99",
        ]
        let providers = try load(file, environment: environment).configuration.providers
        #expect(providers["openai"]?.apiKeys == [Secret("env")])
        #expect(providers["openai"]?.baseURL == "http://env:8080/v1")
        #expect(providers["openrouter"]?.apiKeys == [Secret("or")])
        #expect(providers["ollama"]?.baseURL == "http://box:99")
        #expect(providers["groq"]?.apiKeys == [Secret("groq")])
        #expect(providers["groq"]?.baseURL == "https://groq/v1")
        let wrong = ["OPENAI_API_KEY": "a b", "OPENAI_BASE_URL": "nowhere", "OLLAMA_HOST": "ftp://x"]
        #expect(
            try faults(file, environment: wrong) == [
                #"OLLAMA_HOST: expected host:port or an http:// or https:// URL, got "ftp://x""#,
                "OPENAI_API_KEY: expected a key without spaces and line breaks, got another text",
                #"OPENAI_BASE_URL: expected an http:// or https:// URL, got "nowhere""#,
            ])
    }

    @Test func aKeyInTheEnvironmentIsEnoughWithoutAnySection() throws {
        let environment = ["OPENAI_API_KEY": "k", "ROSEY_LLM_PROVIDER": "openai"]
        let (configuration, _) = try load("{}", environment: environment)
        #expect(configuration.providers.keys.sorted() == ["ollama", "openai", "scripted"])
        #expect(configuration.defaultProvider == "openai")
        let (configured, _) = try load(#"{"providers": {"ollama": {}}}"#, environment: ["OPENAI_API_KEY": "k"])
        #expect(configured.providers.keys.sorted() == ["ollama"])
    }

    @Test(arguments: [
        ("box", "http://box:11434"), ("box:80", "http://box:80"), ("0.0.0.0", "http://127.0.0.1:11434"),
        (":8080", "http://127.0.0.1:8080"), ("http://box", "http://box"), ("https://box/", "https://box"),
        ("http://box:1/ollama/", "http://box:1/ollama"), ("[::]:7", "http://127.0.0.1:7"),
        ("[::1]", "http://[::1]:11434"), (" 10.0.0.7 ", "http://10.0.0.7:11434"),
    ])
    func ollamaHost(text: String, url: String) throws {
        #expect(try load("{}", environment: ["OLLAMA_HOST": text]).configuration.providers["ollama"]?.baseURL == url)
    }

    @Test func theOldNameOfTheContextSize() throws {
        #expect(try load(#"{"max_context": 20}"#).configuration.service.maxContextMessages == 20)
        let both = #"{"max_context": 20, "service": {"max_context_messages": 5}}"#
        #expect(try load(both).configuration.service.maxContextMessages == 5)
    }
}
