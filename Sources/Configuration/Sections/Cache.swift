extension Configuration {
    /// `cache`: whether the same question is answered from memory.
    package struct Cache: Sendable, Equatable {
        /// `ttl`: seconds for which an answer is kept, 0 to a day; 0 is no cache. Default 0.
        package var ttl: Duration = .zero
        /// `max_entries`: answers kept, 1 or more. Default 1000.
        package var maxEntries = 1000
        /// `max_bytes`: bytes of all that is kept, 1 or more. Default 16 Mi.
        package var maxBytes = 16_777_216

        /// The defaults.
        package init() {}
    }
}

extension Configuration.Cache {
    /// Takes over what the section `cache` says.
    mutating func read(_ section: inout Section) {
        ttl = section.delay("ttl") ?? ttl
        maxEntries = section.integer("max_entries", in: 1...) ?? maxEntries
        maxBytes = section.integer("max_bytes", in: 1...) ?? maxBytes
    }
}
