package import Settings

/// The instances that find each other and share what comes in: all there are, or those of one number, where the server maps
/// the subjects of channels onto several groups (SeveralInstances.md).
package struct InstanceGroup: Sendable, Equatable {
    /// The number, 0 or more; nil: it hears what is mapped onto no other group.
    package var number: Int?

    /// Creates a group.
    package init(number: Int? = nil) { self.number = number }

    /// Takes over what the section `nats` says.
    package mutating func read(_ section: inout Section) { section.integer("group", &number, in: 0...9999) }

    /// Where its messages come in.
    package var subjects: [String] {
        let ofChannels = [Subjects.command, Subjects.request].map { Subjects.ofChannels($0, in: number) }
        if number != nil { return ofChannels }
        return [Subjects.command, Subjects.request, Subjects.calls] + MemoryVerb.allCases.map(Subjects.command)
            + ofChannels
    }

    /// Where messages to an endpoint come in; nil where none do.
    package func subject(of endpoint: Endpoint) -> String? {
        guard number != nil else { return endpoint.subject }
        return endpoint == .command || endpoint == .request ? Subjects.ofChannels(endpoint.subject, in: number) : nil
    }

    /// In and out: its instances, for each other.
    package var peers: String { Subjects.peers + suffix }
    /// In: its other instances, to whichever of them is the intake.
    package var intake: String { Subjects.intake + suffix }

    private var suffix: String { number.map { ".\($0)" } ?? "" }
}
