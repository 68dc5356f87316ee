/// The personas there are.
public struct PersonaBook: Sendable {
    /// In the order they are listed.
    public let names: [String]
    private let personas: [String: Persona]

    /// The built-in personas, with `more` added or in their places.
    public init(adding more: [Persona] = []) {
        var names = Persona.builtIn.map(\.name)
        var personas = Dictionary(uniqueKeysWithValues: Persona.builtIn.map { ($0.name, $0) })
        for persona in more where personas.updateValue(persona, forKey: persona.name) == nil {
            names.append(persona.name)
        }
        self.names = names
        self.personas = personas
    }

    /// The persona of that name, however it is capitalised.
    public subscript(name: String) -> Persona? {
        if let persona = personas[name] { return persona }
        let folded = name.lowercased()
        return names.first { $0.lowercased() == folded }.flatMap { personas[$0] }
    }
}
