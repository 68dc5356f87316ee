import JSON

extension Configuration {
    /// `state`: where conversations and all else outlive the process.
    package struct State: Sendable, Equatable {
        /// `enabled`: whether JetStream is used where there is some; else everything is gone with the process. Default true.
        package var isEnabled = true
        /// `bucket`: the key-value bucket; letters, digits, `-` and `_`. Default `rosey_llm`.
        package var bucket = "rosey_llm"
        /// `replicas`: servers of a cluster that keep it, where it has to be made; 1 to 5. Default 1.
        package var replicas = 1
        /// `max_bytes`: the most it may take, where it has to be made; 1 MiB or more. Default none.
        package var maxBytes: Int?
        /// `ttl`: seconds after which a channel that nobody used is forgotten, where the bucket has to be made; a minute or
        /// more. Default 30 days.
        package var ttl: Duration = .seconds(30 * 86_400)
        /// `memory_bytes`: what conversations take in memory, roughly; the least recently used leave it, and are read again
        /// when they are needed. 1 MiB or more. Default 32 Mi.
        package var memoryBytes = 32 << 20

        /// The defaults.
        package init() {}
    }
}

extension Configuration.State {
    /// Takes over what the section `state` says.
    mutating func read(_ section: inout Section) {
        isEnabled = section.reader.bool("enabled") ?? isEnabled
        if let name = section.string("bucket") {
            let isName = name.utf8.count <= 64 && name.unicodeScalars.allSatisfy(Self.isAllowed)
            if isName {
                bucket = name
            } else {
                section.fault("bucket", expected: "letters, digits, - and _, at most 64")
            }
        }
        replicas = section.integer("replicas", in: 1...5) ?? replicas
        maxBytes = section.integer("max_bytes", in: (1 << 20)...)
        let tenYears = 315_360_000
        ttl = section.integer("ttl", in: 60...tenYears).map { .seconds($0) } ?? ttl
        memoryBytes = section.integer("memory_bytes", in: (1 << 20)...) ?? memoryBytes
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII
            && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-_".unicodeScalars.contains(scalar))
    }
}
