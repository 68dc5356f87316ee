import NATSClient

/// Why a command ends without having done its work, and with which exit code.
struct CommandFailure: Error, CustomStringConvertible {
    /// The exit codes, as in `sysexits.h`, but for the last.
    enum Code: Int32 {
        /// EX_USAGE: the command line is wrong.
        case usage = 64
        /// EX_UNAVAILABLE: NATS, the service or a provider is not there.
        case unavailable = 69
        /// EX_CONFIG: the configuration is wrong.
        case configuration = 78
        /// As shells say it of a program that SIGHUP has ended.
        case hungUp = 129
        /// The same of SIGINT.
        case interrupted = 130
        /// The same of SIGTERM.
        case terminated = 143

        /// That of a program which a signal has ended.
        ///
        /// - Parameter signal: its name.
        init(endedBy signal: String) {
            switch signal {
            case "SIGHUP": self = .hungUp
            case "SIGTERM": self = .terminated
            default: self = .interrupted
            }
        }
    }

    let code: Code
    /// What happened, and how to mend it.
    let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// What became of a connection: options that cannot be used are a fault of the configuration.
    init(nats error: NATSError) {
        self.init(error.code == .badOptions ? .configuration : .unavailable, "nats: \(error)")
    }
}
