/// The commands, by their words.
package enum CommandName: String, Sendable, CaseIterable {
    case serve, gateway, chat, ask, check, models, bench, export, `import`, wipe, help

    /// One line of the program's help.
    var summary: String {
        switch self {
        case .serve: "run the service (the default)"
        case .gateway: "offer OpenAI's HTTP interface, in front of a running service"
        case .chat: "talk to it in this terminal"
        case .ask: "ask one question, print the answer"
        case .check: "try the configuration, NATS, JetStream and every provider"
        case .models: "list the models of every provider"
        case .bench: "put load on a running service and measure it"
        case .export: "write all that is kept to standard output, as JSON lines"
        case .import: "bring what was exported back in"
        case .wipe: "forget all that is kept of a channel"
        case .help: "explain a command"
        }
    }

    /// What stands after the command.
    var usage: String {
        switch self {
        case .ask: "ask [options] [TEXT…] [-]"
        case .import: "import [options] FILE"
        case .wipe: "wipe [options] CHANNEL"
        case .help: "help [COMMAND]"
        default: "\(rawValue) [options]"
        }
    }
}

extension CommandName {
    /// What it does, in full.
    var details: String {
        switch self {
        case .serve:
            """
            Connects to NATS and answers what comes on rosey.command.chat and llm.request.
            SIGTERM and SIGINT finish what runs, then end with 0; a second one ends at once.
            SIGHUP reads the configuration again: personas, providers, keys, limits and the
            log's level change at once; the rest is said to need a restart.
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
            What others say in the channel is seen. The words of !chat work with a slash,
            and Tab completes them: /help, /reset, /persona technical. A pasted block is
            one message. Ctrl-C stops an answer; a second one, Ctrl-D and /quit leave.
            Lines are kept in $XDG_STATE_HOME/rosey-llm/history (~/.local/state).
            """
        case .ask:
            """
            Sends one question to a running service, prints the answer to standard output.
            Where standard input is no terminal, or - is given, what comes there follows
            the text. Ends with 0 when there is an answer, with 69 when there is not, and
            with 130 when Ctrl-C stopped it.
            """
        case .check:
            """
            Reads the configuration, tries NATS, JetStream and every provider, and says what
            is wrong and how to mend it: subscribes, publishes and writes as the service
            will, with its settings and the file environment beside the configuration.
            Ends with 0 only if the service could do its work, with 69 where NATS,
            JetStream or the providers do not let it, and with 78 where the configuration
            cannot be used.
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
        case .ask:
            [
                "ask \"Why is the sky blue?\"", "ask --model openai/gpt-4 --timeout 20 Tell me a joke",
                "ask Summarise: < notes.txt",
            ]
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
