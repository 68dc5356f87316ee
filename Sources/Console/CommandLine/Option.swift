/// The options, by their words, with all that is said of them: parsing and help both come from here.
enum Option: String, CaseIterable {
    case config, nats, provider
    case embeddedNATS = "embedded-nats"
    case logLevel = "log-level"
    case logFormat = "log-format"
    case channel, user, model, timeout, quiet, concurrency, seconds, help, version

    /// As it is typed.
    var flag: String { "--\(rawValue)" }

    /// What its value is called; nil where it takes none.
    var value: String? {
        switch self {
        case .config: "FILE"
        case .nats: "URL"
        case .provider, .channel, .user, .model: "NAME"
        case .logLevel: "LEVEL"
        case .logFormat: "FORMAT"
        case .timeout, .seconds: "SECONDS"
        case .concurrency: "NUMBER"
        case .embeddedNATS, .quiet, .help, .version: nil
        }
    }

    /// What it does.
    var summary: String {
        switch self {
        case .config: "the configuration (config.json)"
        case .nats: "servers, separated by commas (nats://127.0.0.1:4222)"
        case .provider: "the provider that answers where none is named"
        case .embeddedNATS: "start a private nats-server, and end it too"
        case .logLevel: "debug, info, warning or error (info)"
        case .logFormat: "text or json (text)"
        case .channel: "the conversation to take part in (terminal)"
        case .user: "the name to speak under ($USER)"
        case .model: "model or provider/model"
        case .timeout: "how long to wait for the whole answer"
        case .quiet: "say nothing but what is missing"
        case .concurrency: "channels that ask at once (64)"
        case .seconds: "how long to measure (5)"
        case .help: "this help"
        case .version: "the version"
        }
    }

    /// The commands it belongs to; nil for all.
    var commands: [CommandName]? {
        switch self {
        case .channel, .user: [.chat]
        case .model, .timeout: [.ask]
        case .quiet: [.check]
        case .concurrency, .seconds: [.bench]
        case .embeddedNATS: [.serve]
        case .config, .nats, .provider, .logLevel, .logFormat, .help, .version: nil
        }
    }
}
