package import ServiceRuntime

extension Configuration {
    /// `logging`: what is logged, and how.
    package struct Logging: Sendable, Equatable {
        /// `level`: `debug`, `info`, `warning` or `error`. Default `info`.
        package var level = LogLevel.info
        /// `format`: `text` or `json`. Default `text`.
        package var format = LogFormat.text

        /// The defaults.
        package init() {}
    }
}

extension Configuration.Logging {
    /// Takes over what the section `logging` says.
    mutating func read(_ section: inout Section) {
        level = section.choice("level") ?? level
        format = section.choice("format") ?? format
    }
}
