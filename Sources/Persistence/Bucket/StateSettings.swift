package import NATSClient
package import Settings

/// Where conversations and all else outlive the process: the section `state`.
package struct StateSettings: Configurable {
    /// Whether JetStream is used where there is some; else everything is gone with the process.
    package var isEnabled = true
    /// The key-value bucket.
    package var bucket = "rosey_llm"
    /// Servers of a cluster that keep it, where it has to be made; 1 to 5.
    package var replicas = 1
    /// The most bytes it may take, where it has to be made; nil: as much as the server has.
    package var maxBytes: Int?
    /// After this time a channel that nobody used is forgotten, where the bucket has to be made.
    package var ttl: Duration = .seconds(30 * 86_400)
    /// What conversations and memories take in memory, roughly; the least recently used leave it, and are read again when
    /// they are needed.
    package var memoryBytes = 32 << 20

    /// The bucket as it is opened.
    package var options: NATSKeyValueOptions {
        var options = NATSKeyValueOptions(bucket: bucket)
        (options.timeToLive, options.maxBytes, options.replicas) = (ttl, maxBytes, replicas)
        return options
    }

    /// The defaults.
    package init() {}

    package mutating func read(_ section: inout Section) {
        section.flag("enabled", &isEnabled)
        section.string("bucket", &bucket, expected: "letters, digits, - and _, at most 64") { name in
            name.utf8.count <= 64
                && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        }
        section.integer("replicas", &replicas, in: 1...5)
        section.integer("max_bytes", &maxBytes, in: (1 << 20)...)
        let tenYears = 315_360_000
        section.duration("ttl", &ttl, in: 60...tenYears)
        section.integer("memory_bytes", &memoryBytes, in: (1 << 20)...)
    }
}
