extension CommandName {
    /// What it does, in full.
    var details: String {
        switch self {
        case .serve:
            """
            Connects to NATS and answers what comes on rosey.command.chat and llm.request.
            SIGTERM and SIGINT finish what runs, then end with 0; a second one ends at once.
            The log goes to standard error.
            """
        case .gateway:
            """
            Answers HTTP as OpenAI does (/v1/chat/completions, /v1/models, /v1/embeddings), and
            asks a running service through NATS. Needs nothing of the configuration but the
            sections nats, gateway and logging. It ends like serve.
            """
        case .chat:
            """
            A conversation with a running service, through NATS, as a room would have it.
            The words of !chat work with a slash: /help, /reset, /persona technical.
            """
        case .ask:
            """
            Sends one question to a running service, prints the answer to standard output.
            Ends with 0 when there is one, and 69 when there is not.
            """
        case .check:
            """
            Reads the configuration, tries NATS, JetStream and every provider, and says what
            is wrong and how to mend it. Ends with 0 only if the service could answer.
            """
        case .models: "Lists the models of every provider that is available."
        case .bench:
            """
            Asks a running service from many channels at once, each waiting for its answer,
            and prints requests a second, latency (p50, p99) and errors.
            """
        case .export:
            """
            Writes all that is kept in JetStream to standard output, a JSON object a line.
            The service may run meanwhile.
            """
        case .import:
            """
            Reads what export wrote, and makes it one with what is there: turns and memories
            of both stay. The file - is standard input. The service may run meanwhile.
            """
        case .wipe:
            """
            Deletes conversation, memories and counters of a channel for good. A running
            service forgets them too.
            """
        case .help: "Explains a command."
        }
    }

    /// Command lines to copy, without the program's name.
    var examples: [String] {
        switch self {
        case .serve:
            ["--config /etc/rosey-llm/config.json", "serve --nats nats://one:4222,nats://two:4222 --log-format json"]
        case .gateway: ["gateway", "gateway --nats nats://one:4222 --config /etc/rosey-llm/gateway.json"]
        case .chat: ["chat", "chat --channel lobby --user alice"]
        case .ask: ["ask \"Why is the sky blue?\"", "ask --model openai/gpt-4 --timeout 20 Tell me a joke"]
        case .check: ["check", "check --config /etc/rosey-llm/config.json"]
        case .models: ["models"]
        case .bench: ["bench", "bench --concurrency 256 --seconds 30 --provider scripted"]
        case .export: ["export > backup.jsonl", "export | gzip > backup.jsonl.gz"]
        case .import: ["import backup.jsonl", "import - < backup.jsonl"]
        case .wipe: ["wipe lobby"]
        case .help: ["help ask"]
        }
    }
}
