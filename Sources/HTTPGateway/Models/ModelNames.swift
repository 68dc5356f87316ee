/// What clients call models, and what the service calls them.
struct ModelNames: Sendable {
    /// The name that means: whichever the service usually takes.
    static let usual = "default"
    private let aliases: [String: String]

    init(_ aliases: [String: String]) { self.aliases = aliases }

    /// What the service is asked for; nil for its usual model.
    func resolved(_ name: String) -> String? {
        if let model = aliases[name] { return model }
        return name == Self.usual ? nil : name
    }

    /// Names and what they mean, in order.
    var all: [(name: String, model: String)] {
        aliases.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
