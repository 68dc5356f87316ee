package import Configuration

/// What a command line asks for, checked.
package struct Invocation: Sendable, Equatable {
    /// What is to be done.
    package enum Command: Sendable, Equatable {
        /// Run the service.
        case serve
        /// Run the HTTP interface alone.
        case gateway
        /// Talk in the terminal.
        case chat(channel: String, user: String)
        /// Ask one question, with standard input after it if that is to be read; nil is the service's own model and time.
        case ask(question: String, readsInput: Bool = false, model: String?, timeout: Duration?)
        /// Try everything.
        case check
        /// List models.
        case models
        /// Put load on a running service.
        case bench(concurrency: Int, duration: Duration)
        /// Write all that is kept.
        case export
        /// Bring it back in.
        case `import`(path: String)
        /// Forget a channel.
        case wipe(channel: String)
        /// Print this text and be done.
        case print(String)
    }

    /// What is to be done.
    package var command: Command
    /// The configuration's file (`--config`). Default `config.json`.
    package var configurationFile = "config.json"
    /// Whether `--config` was given: then the file must be there.
    package var isConfigurationExplicit = false
    /// Whether to start a NATS server of our own (`--embedded-nats`).
    package var embedsNATS = false
    /// Whether `check` says only what is missing (`--quiet`).
    package var isQuiet = false
    /// What goes over the file. `provider` is also the one that `bench` and `ask` want.
    package var overrides = Configuration.Overrides()

    /// An invocation with nothing but a command.
    package init(_ command: Command) { self.command = command }
}
