package import ServiceRuntime

extension Configuration {
    /// What the command line says; it stands above everything else.
    package struct Overrides: Sendable, Equatable {
        /// Servers, separated by commas (`--nats`).
        package var natsURL: String?
        /// The default provider (`--provider`).
        package var provider: String?
        /// The log's level (`--log-level`).
        package var logLevel: LogLevel?
        /// The log's format (`--log-format`).
        package var logFormat: LogFormat?

        /// Nothing overridden.
        package init() {}
    }
}
