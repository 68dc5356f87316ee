import Configuration
import LanguageModels
import NATSClient
import ServiceRuntime
import Testing

@Suite struct SecretTests {
    private static let secret = "hunter2"

    @Test(arguments: [
        #"{"nats": {"user": "u", "password": ["hunter2"]}}"#,
        #"{"nats": {"token": {"hunter2": 1}}}"#,
        #"{"nats": {"servers": ["nats://u:hunter2@"]}}"#,
        #"{"nats": {"servers": ["http://hunter2@h"]}}"#,
        #"{"nats": {"servers": ["nats://u:hunter2@a", "nats://u:hunter2x@b"]}}"#,
        #"{"nats": "hunter2"}"#,
        #"{"providers": {"openai": "hunter2"}}"#,
        #"{"providers": {"openai": {"api_key": "hunter2 hunter2"}}}"#,
        #"{"providers": {"openai": {"api_key": ["hunter2"]}}}"#,
        #"{"providers": {"openai": {"api_keys": "hunter2 hunter2"}}}"#,
        #"{"providers": {"openai": {"api_keys": ["k", "hunter2 hunter2"]}}}"#,
        #"{"providers": {"openai": {"api_keys": ["k", ["hunter2"]]}}}"#,
        #"{"providers": {"openai": {"api_keys": {"hunter2": 1}}}}"#,
        #"{"providers": {"openai": {"api_keys": ["${KEY} ${KEY}"]}}}"#,
        #"{"providers": {"openai": {"base_url": "https://u:hunter2@host/v1"}}}"#,
        #"{"providers": {"openai": {"base_url": "${KEY}"}}}"#,
        #"{"providers": {"openai": {"type": "${KEY}"}}}"#,
        #"{"default_provider": "${KEY}"}"#,
        #"{"service": {"default_persona": "${KEY}"}}"#,
        #"{"logging": {"level": "${KEY}"}}"#,
        #"{"nats": {"ca_file": "x", "credentials_file": "${KEY}"}}"#,
    ])
    func noFaultShowsASecret(text: String) throws {
        let faults = try faults(text, environment: ["KEY": Self.secret])
        #expect(!faults.isEmpty)
        #expect(!faults.contains { $0.contains(Self.secret) }, "\(faults)")
    }

    @Test func theEnvironmentsSecretsNeither() throws {
        var overrides = Configuration.Overrides()
        overrides.natsURL = "nats://u:hunter2@h:port"
        let environment = [
            "OPENAI_API_KEY": "hunter2 x", "OPENAI_BASE_URL": "http://u:hunter2@h", "OLLAMA_HOST": "hunter2@h",
        ]
        let faults = try faults("{}", environment: environment, overrides: overrides)
        #expect(faults.count == 4)
        #expect(!faults.contains { $0.contains(Self.secret) }, "\(faults)")
    }

    @Test func nothingPrintsASecret() throws {
        let file = """
            {"nats": {"servers": ["nats://user:hunter2@h"]}, "default_provider": "openai",
             "providers": {"openai": {"api_key": "hunter2"}, "ollama": {"api_keys": ["hunter2"]}}}
            """
        let (configuration, warnings) = try load(file, environment: ["OPENROUTER_API_KEY": "hunter2"])
        #expect(configuration.nats.authentication == .userPassword(user: "user", password: Self.secret))
        #expect(configuration.providers["openai"]?.apiKeys == [Secret(Self.secret)])
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in [String(describing: configuration), String(reflecting: configuration), dumped, "\(warnings)"] {
            #expect(!text.contains(Self.secret))
        }
        #expect(dumped.contains("<redacted>"))
    }

    @Test func aKeyFromAFileLosesItsLineBreak() throws {
        try withFile("  hunter2 \n") { path throws in
            let file = #"{"providers": {"openai": {"api_key_file": "\#(path)"}}}"#
            #expect(try load(file).configuration.providers["openai"]?.apiKeys == [Secret("hunter2")])
            let both = #"{"providers": {"openai": {"api_key_file": "\#(path)", "api_key": "k"}}}"#
            #expect(
                try faults(both)
                    == ["providers.openai.api_key_file: there is api_key already: one of the two is enough"])
        }
        try withFile("hunter2\nhunter3\n") { path throws in
            let file = #"{"providers": {"openai": {"api_key_file": "\#(path)"}}}"#
            #expect(
                try faults(file)
                    == [
                        "providers.openai.api_key_file: expected a key without spaces and line breaks, got another text (in \(path))"
                    ])
        }
        let missing = #"{"providers": {"openai": {"api_key_file": "/no/such"}}}"#
        #expect(
            try faults(missing)
                == [#"providers.openai.api_key_file: expected a readable file, got "/no/such": there is none"#])
    }
}
