import Configuration
import FoundationEssentials
import Testing

@Suite struct FaultTests {
    static let wrong: [(String, String)] = [
        ("", "FILE: not JSON: line 1, column 1: expected a value, found the end"),
        ("{\n\"name\": \"llm\",\n}", "FILE: not JSON: line 3, column 1: expected a key in quotes, found \"}\""),
        ("[]", "FILE: expected an object, got a list"),
        (#"{"name": 1}"#, "name: expected a string, got 1"),
        (#"{"enabled": "yes"}"#, #"enabled: expected true or false, got "yes""#),
        (#"{"max_context": 0}"#, "max_context: expected a whole number, 1 or more, got 0"),
        (
            #"{"default_provider": "x"}"#,
            #"default_provider: no provider "x" is configured (there are: ollama, scripted)"#
        ),
        (#"{"default_provider": 5}"#, "default_provider: expected a string, got 5"),
        (
            #"{"providers": {"groq": {"type": "openai"}, "vllm": {"type": "openai"}}}"#,
            "default_provider: expected one of groq, vllm, got nothing"
        ),

        (#"{"memory": true}"#, "memory: expected an object, got a truth value"),
        (#"{"memory": {"extract": 1}}"#, "memory.extract: expected true or false, got 1"),
        (
            #"{"memory": {"max_per_channel": 101}}"#,
            "memory.max_per_channel: expected a whole number from 1 to 100, got 101"
        ),
        (#"{"memory": {"in_prompt": 21}}"#, "memory.in_prompt: expected a whole number from 0 to 20, got 21"),
        (#"{"memory": {"embedding_model": 5}}"#, "memory.embedding_model: expected a string, got 5"),
        (#"{"chat": {"admins": [5]}}"#, "chat.admins[0]: expected a string, got 5"),
        (#"{"chat": {"admins": [" "]}}"#, "chat.admins[0]: expected a non-empty string, got a blank string"),

        (#"{"nats": []}"#, "nats: expected an object, got a list"),
        (
            #"{"nats": {"inbox_prefix": "llm.request"}}"#,
            #"nats.inbox_prefix: expected the beginning of a subject, as in "_INBOX_rosey", got "llm.request""#
        ),
        (
            #"{"nats": {"inbox_prefix": "a.*"}}"#,
            #"nats.inbox_prefix: expected the beginning of a subject, as in "_INBOX_rosey", got "a.*""#
        ),
        (#"{"nats": {"servers": []}}"#, "nats.servers: expected at least one server, got an empty list"),
        (#"{"nats": {"servers": 4222}}"#, "nats.servers: expected a list of strings, got 4222"),
        (
            #"{"nats": {"servers": ["nats://a", "http://b"]}}"#,
            #"nats.servers[1]: expected nats://host:port or tls://host:port, got "http://b""#
        ),
        (
            #"{"nats": {"servers": "a:99999"}}"#,
            #"nats.servers: expected nats://host:port or tls://host:port, got "a:99999""#
        ),
        (#"{"nats": {"user": "u", "token": "t"}}"#, "nats.user: one way to log in is enough, got user and token"),
        (#"{"nats": {"password": "p"}}"#, "nats.user: expected the user that the password belongs to, got nothing"),
        (
            #"{"nats": {"servers": ["nats://u:p@a"], "token": "t"}}"#,
            "nats.servers: nats holds other credentials already: leave those in the URL out"
        ),
        (
            #"{"nats": {"servers": ["nats://u:p@a", "nats://u:q@b"]}}"#,
            "nats.servers[1]: expected the same credentials in every URL, got a string"
        ),
        (
            #"{"nats": {"credentials_file": "/no/such"}}"#,
            #"nats.credentials_file: expected a readable file, got "/no/such": there is none"#
        ),
        (
            #"{"nats": {"nkey_seed_file": "/dev/null"}}"#,
            "nats.nkey_public_key: expected the public key that belongs to nkey_seed_file, got nothing"
        ),
        (
            #"{"nats": {"nkey_public_key": "U"}}"#,
            "nats.nkey_seed_file: expected the file with the seed of nkey_public_key, got nothing"
        ),
        (
            #"{"nats": {"tls": {"ca_file": "/"}}}"#,
            #"nats.tls.ca_file: expected a readable file, got "/": that is a directory"#
        ),
        (
            #"{"nats": {"tls": {"key_file": "/dev/null"}}}"#,
            "nats.tls.certificate_file: expected the certificate of key_file, got nothing"
        ),

        (
            #"{"service": {"max_context_messages": 2.5}}"#,
            "service.max_context_messages: expected a whole number, 1 or more, got 2.5"
        ),
        (
            #"{"service": {"default_persona": "pirat"}, "personas": {"pirate": "Arr."}}"#,
            #"service.default_persona: unknown persona "pirat" (did you mean "pirate"?)"#
        ),
        (#"{"service": {"max_queue": -1}}"#, "service.max_queue: expected a whole number, 0 or more, got -1"),
        (#"{"service": {"shutdown_timeout": 0}}"#, "service.shutdown_timeout: expected a number above 0, got 0"),
        (
            #"{"service": {"request_timeout": 86401}}"#,
            "service.request_timeout: expected at most 86400 seconds (a day), got 86401"
        ),
        (
            #"{"service": {"max_message_bytes": 1e12}}"#,
            "service.max_message_bytes: expected a whole number from 1 to 67108864, got 1000000000000"
        ),
        (#"{"service": {"temperature": 2.1}}"#, "service.temperature: expected a number from 0 to 2, got 2.1"),
        (
            #"{"chat": {"max_message_length": 19}}"#,
            "chat.max_message_length: expected a whole number, 20 or more, got 19"
        ),
        (
            #"{"chat": {"delta_interval_ms": 1001}}"#,
            "chat.delta_interval_ms: expected a whole number from 0 to 1000, got 1001"
        ),
        (#"{"service": {"max_images": 65}}"#, "service.max_images: expected a whole number from 0 to 64, got 65"),
        (
            #"{"service": {"max_image_bytes": 0}}"#,
            "service.max_image_bytes: expected a whole number from 1 to 67108864, got 0"
        ),
        (
            #"{"service": {"max_embed_inputs": 4097}}"#,
            "service.max_embed_inputs: expected a whole number from 1 to 4096, got 4097"
        ),
        (#"{"resilience": []}"#, "resilience: expected an object, got a list"),
        (
            #"{"resilience": {"breaker_error_ratio": 0}}"#,
            "resilience.breaker_error_ratio: expected a number above 0, at most 1, got 0"
        ),
        (
            #"{"resilience": {"breaker_error_ratio": 1.1}}"#,
            "resilience.breaker_error_ratio: expected a number above 0, at most 1, got 1.1"
        ),
        (
            #"{"resilience": {"breaker_min_requests": 0}}"#,
            "resilience.breaker_min_requests: expected a whole number, 1 or more, got 0"
        ),
        (#"{"resilience": {"max_retry_wait": -1}}"#, "resilience.max_retry_wait: expected a number from 0 on, got -1"),
        (#"{"jobs": {"commands": 1}}"#, "jobs.commands: expected true or false, got 1"),
        (#"{"jobs": {"max_deliveries": 0}}"#, "jobs.max_deliveries: expected a whole number from 1 to 100, got 0"),
        (#"{"jobs": {"ack_wait": 0}}"#, "jobs.ack_wait: expected a whole number from 1 to 3600, got 0"),
        (#"{"jobs": {"result_ttl": 59}}"#, "jobs.result_ttl: expected a whole number from 60 to 315360000, got 59"),
        (#"{"cache": {"ttl": 86401}}"#, "cache.ttl: expected at most 86400 seconds (a day), got 86401"),
        (#"{"cache": {"max_bytes": 0}}"#, "cache.max_bytes: expected a whole number, 1 or more, got 0"),

        (#"{"providers": "ollama"}"#, "providers: expected an object, got a string"),
        (
            #"{"providers": {"ollama": {"timeout": "soon"}}}"#,
            #"providers.ollama.timeout: expected a number above 0, got "soon""#
        ),
        (
            #"{"default_provider": "ollama", "providers": {"ollama": {}, "olama": {}}}"#,
            "providers.olama.type: expected ollama, openai, openrouter or scripted, because \"olama\" is none"
                + " (did you mean \"ollama\"?), got nothing"
        ),
        (
            #"{"providers": {"ollama": {"type": "openay"}}}"#,
            #"providers.ollama.type: expected ollama, openai, openrouter or scripted, got "openay" (did you mean "openai"?)"#
        ),
        (
            #"{"default_provider": "a", "providers": {"a": {"type": "openai"}, "b/c": {"type": "openai"}}}"#,
            #"providers.b/c: expected the name of a provider to be one word without "/""#
        ),
        (
            #"{"providers": {"ollama": {"base_url": "localhost:11434"}}}"#,
            #"providers.ollama.base_url: expected an http:// or https:// URL, got "localhost:11434""#
        ),
        (
            #"{"providers": {"ollama": {"base_url": "ftp://h"}}}"#,
            #"providers.ollama.base_url: expected an http:// or https:// URL, got "ftp://h""#
        ),
        (
            #"{"providers": {"ollama": {"base_url": "http://h/?a=b"}}}"#,
            #"providers.ollama.base_url: expected an http:// or https:// URL, got "http://h/?a=b""#
        ),
        (
            #"{"providers": {"ollama": {"max_retries": 11}}}"#,
            "providers.ollama.max_retries: expected a whole number from 0 to 10, got 11"
        ),
        (
            #"{"default_provider": "openai", "providers": {"openai": {"api_key": "${NO_SUCH}"}}}"#,
            "providers.openai.api_key: the environment has no NO_SUCH"
        ),
        (
            #"{"providers": {"openai": {"api_key_file": "/dev/null"}}}"#,
            "providers.openai.api_key_file: expected a file with a key in it, got \"/dev/null\""
        ),

        (
            #"{"providers": {"scripted": {"rules": {}}}}"#,
            "providers.scripted.rules: expected a list of rules, got an object"
        ),
        (
            #"{"providers": {"scripted": {"rules": ["hi"]}}}"#,
            "providers.scripted.rules[0]: expected an object, got a string"
        ),
        (
            #"{"providers": {"scripted": {"rules": [{"replies": ["x"]}]}}}"#,
            "providers.scripted.rules[0].pattern: expected a non-empty string, got nothing"
        ),
        (
            #"{"providers": {"scripted": {"rules": [{"pattern": "*", "replies": ["x"]}, {"pattern": "a"}]}}}"#,
            "providers.scripted.rules[1].replies: expected at least one reply or a failure, got nothing"
        ),
        (
            #"{"providers": {"scripted": {"rules": [{"pattern": "/a+/", "replies": ["x"]}]}}}"#,
            #"providers.scripted.rules[0].pattern: expected words, with * for any (regular expressions are not understood), got "/a+/""#
        ),
        (
            #"{"providers": {"scripted": {"rules": [{"pattern": "*", "failure": "rate_limit"}]}}}"#,
            "providers.scripted.rules[0].failure: expected one of unavailable, timeout, rate_limited, quota, "
                + #"authentication, unknown_model, too_long, invalid_request, content_filtered, bad_answer, got "rate_limit""#
        ),
        (
            #"{"providers": {"scripted": {"rules": [{"pattern": "*", "replies": ["x"], "delay": -1}]}}}"#,
            "providers.scripted.rules[0].delay: expected a number from 0 on, got -1"
        ),

        (#"{"personas": {"pirate": {}}}"#, "personas.pirate.prompt: expected a non-empty string, got nothing"),
        (#"{"personas": {"pirate": " "}}"#, "personas.pirate: expected a non-empty string, got a blank string"),
        (#"{"personas": {"pirate": 7}}"#, "personas.pirate: expected an object, got a number"),
        (#"{"personas": {"two words": "x"}}"#, "personas.two words: expected the name of a persona to be one word"),
        (
            #"{"default_provider": "groq", "providers": {"groq": {}}}"#,
            "providers.groq.type: expected ollama, openai, openrouter or scripted, because \"groq\" is none, got nothing"
        ),
        (#"{"providers": {"ollama": 5}}"#, "providers.ollama: expected an object, got a number"),
        (
            #"{"personas": {"pirate": {"prompt": "Arr.", "temperature": 3}}}"#,
            "personas.pirate.temperature: expected a number from 0 to 2, got 3"
        ),

        (
            #"{"rate_limits": {"tokens_per_day": "many"}}"#,
            #"rate_limits.tokens_per_day: expected a whole number, 0 or more, got "many""#
        ),
        (
            #"{"logging": {"level": "warn"}}"#,
            #"logging.level: expected debug, info, warning or error, got "warn""#
        ),
        (
            #"{"context": {"max_tokens": 63}}"#,
            "context.max_tokens: expected a whole number from 64 to 10000000, got 63"
        ),
        (
            #"{"context": {"max_tokens": {"ollama/llama3.2": "8k"}}}"#,
            #"context.max_tokens.ollama/llama3.2: expected a whole number from 64 to 10000000, got "8k""#
        ),
        (
            #"{"context": {"summarize_after": -1}}"#,
            "context.summarize_after: expected a whole number from 0 to 10000, got -1"
        ),
        (
            #"{"logging": {"format": "jsn"}}"#,
            #"logging.format: expected text or json, got "jsn" (did you mean "json"?)"#
        ),
    ]

    @Test(arguments: wrong)
    func oneFaultOneLine(text: String, fault: String) throws {
        #expect(try faults(text) == [fault])
    }

    @Test func allFaultsAtOnce() throws {
        let text = """
            {"default_provider": "nope", "nats": {"token": 5},
             "service": {"temperature": "hot", "default_persona": "x"},
             "providers": {"ollama": {"timeout": -1, "base_url": 1}, "groq": {}}, "logging": 1}
            """
        #expect(
            try faults(text, environment: ["NATS_URL": "ftp://x"]) == [
                "nats.token: expected a string, got a number",
                #"service.default_persona: unknown persona "x""#,
                #"service.temperature: expected a number from 0 to 2, got "hot""#,
                "providers.groq.type: expected ollama, openai, openrouter or scripted, because \"groq\" is none, got nothing",
                "providers.ollama.timeout: expected a number above 0, got -1",
                "providers.ollama.base_url: expected a string, got 1",
                "logging: expected an object, got a number",
                #"NATS_URL: expected nats://host:port or tls://host:port, got "ftp://x""#,
                #"default_provider: no provider "nope" is configured (there are: ollama)"#,
            ])
    }

    @Test func aFaultStaysOnItsLine() throws {
        #expect(
            try faults(#"{"personas": {"a\nb": "x"}}"#) == [
                "personas.a b: expected the name of a persona to be one word"
            ])
    }

    @Test func aFileThatIsNotThere() throws {
        #expect(throws: ConfigurationError(["/no/such.json: there is no such file"])) {
            try Configuration.load(path: "/no/such.json", explicit: true)
        }
        let (configuration, warnings, _) = try Configuration.load(path: "/no/such.json", explicit: false)
        #expect(configuration == Configuration())
        #expect(warnings == [])
    }

    @Test func aDirectoryIsNoFile() {
        #expect(throws: ConfigurationError(["/: is a directory"])) {
            try Configuration.load(path: "/", explicit: false)
        }
    }

    @Test func aFileInAnotherEncoding() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "rosey-llm-\(UUID().uuidString)")
        try Data([0xFF, 0xFE, 0x7B, 0]).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let fault = "\(url.path): not JSON: line 1, column 1: expected a value, found the byte 0xff"
        #expect(throws: ConfigurationError([fault])) { try Configuration.load(path: url.path, explicit: true) }
    }
}
