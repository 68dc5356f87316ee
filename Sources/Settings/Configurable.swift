/// The settings of one part of the service. Its properties are the settings, with their defaults;
/// ``read(_:)`` says by which key each is set, and what it may be.
package protocol Configurable: Sendable, Equatable {
    /// Takes over what a section of the configuration says, and notes what is wrong there.
    mutating func read(_ section: inout Section)
}

extension Configurable {
    /// The same but for what `change` sets: `GatewaySettings().with { $0.port = 0 }`.
    package func with(_ change: (inout Self) -> Void) -> Self {
        var settings = self
        change(&settings)
        return settings
    }
}
