import Configuration

/// `rosey-llm check`: could the service do its work, and if not, what is to be done.
struct CheckCommand {
    let terminal: Terminal
    /// Whether only what does not work is told: for whoever wants the exit code.
    let isQuiet: Bool
    /// Where the configuration comes from, one line each.
    let sources: [String]
    let warnings: [String]
    /// Whether the service would choose among the providers (`--provider auto`).
    let anyProviderWillDo: Bool

    /// Tries NATS, JetStream and every provider.
    ///
    /// - Throws: where the service could not do its work.
    func run(_ configuration: Configuration) async throws(CommandFailure) {
        var report = CheckReport(terminal, isQuiet: isQuiet)
        for source in sources { report.source(source) }
        for warning in warnings { report.note(warning) }
        await NATSCheck(configuration: configuration).run(&report)
        await ProviderCheck(configuration: configuration, anyProviderWillDo: anyProviderWillDo).run(&report)
        guard !report.hasFault else {
            throw CommandFailure(
                .unavailable, "The service could not do all of its work: see the lines marked \u{2717} above.")
        }
        report.good("The service can answer.")
    }
}
