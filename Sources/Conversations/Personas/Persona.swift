package import Settings

/// A way of answering: a system prompt, and the model and temperature that go with it.
public struct Persona: Sendable, Equatable {
    /// The name by which it is chosen.
    public var name: String
    /// The system prompt.
    public var prompt: String
    /// The temperature, 0 to 2, if a request names none.
    public var temperature: Double?
    /// The model, `provider/model` or `model`, if neither a request nor the channel names one.
    public var model: String?

    /// Creates a persona.
    public init(name: String, prompt: String, temperature: Double? = nil, model: String? = nil) {
        self.name = name
        self.prompt = prompt
        self.temperature = temperature
        self.model = model
    }
}

/// The personas that can be chosen.
public struct PersonaBook: Sendable, Equatable {
    /// The names, in the order in which they are listed.
    public let names: [String]
    private let personas: [String: Persona]

    /// Creates the built-in personas, with `more` added to them or replacing those of the same name.
    public init(adding more: [Persona] = []) {
        var names = Persona.builtIn.map(\.name)
        var personas = Dictionary(uniqueKeysWithValues: Persona.builtIn.map { ($0.name, $0) })
        for persona in more where personas.updateValue(persona, forKey: persona.name) == nil {
            names.append(persona.name)
        }
        self.names = names
        self.personas = personas
    }

    /// The persona of that name, capitals aside; nil if there is none.
    public subscript(name: String) -> Persona? {
        if let persona = personas[name] { return persona }
        let folded = name.lowercased()
        return names.first { $0.lowercased() == folded }.flatMap { personas[$0] }
    }
}

extension PersonaBook {
    /// The built-in personas, with what the section `personas` adds or replaces. What is wrong in it is left out.
    package init(_ section: inout Section) {
        var personas: [Persona] = []
        for name in section.names {
            if name.isEmpty || name.contains(where: \.isWhitespace) {
                section.fault(name, "expected the name of a persona to be one word")
                section.skip(name)
            } else if section.isString(name) {
                if let prompt = section.requiredString(name) { personas.append(Persona(name: name, prompt: prompt)) }
            } else if section.has(name) {
                section.section(name) { part in
                    if let persona = Persona(name: name, &part) { personas.append(persona) }
                }
            } else {
                section.fault(name, expected: "a prompt")
            }
        }
        self.init(adding: personas)
    }
}

extension Persona {
    /// Reads `personas.NAME`; nil where there is no prompt.
    fileprivate init?(name: String, _ section: inout Section) {
        let prompt = section.requiredString("prompt")
        let temperature = section.number("temperature", in: 0...2, as: "a number from 0 to 2")
        let model = section.string("model")
        guard let prompt else { return nil }
        self.init(name: name, prompt: prompt, temperature: temperature, model: model)
    }

    /// The four that come with the service.
    public static let builtIn: [Persona] = [
        Persona(
            name: "default",
            prompt: """
                You are Rosey, the friendly bot of a chat room where several people talk at once. \
                Answer whoever spoke last, in one to three sentences, warmly and to the point. \
                When you do not know something, say so; never make up facts, links or quotations. \
                \(roomRules)
                """),
        Persona(
            name: "concise",
            prompt: """
                You are Rosey, the bot of a chat room, and you value everybody's time. \
                Answer in one short sentence, without greeting or padding; a word or a number is enough where it answers \
                the question. When you do not know, say that you do not know. \(roomRules)
                """),
        Persona(
            name: "technical",
            prompt: """
                You are Rosey, the engineer among the bots of a chat room. Answer precisely, with the terms of the field, \
                and name the trade-offs; short code is welcome where it says more than words. \
                Tell what you know from what you suppose, and say which versions a statement holds for. \(roomRules)
                """),
        Persona(
            name: "creative",
            prompt: """
                You are Rosey, the storyteller among the bots of a chat room: playful, vivid, fond of images and wordplay. \
                Surprise people, in one to four sentences, and stay kind. When somebody needs a fact, give it straight \
                before you embroider it. \(roomRules)
                """),
    ]

    private static let roomRules = """
        A person's message begins with the name of who speaks, as in alice: hello; \
        answer with your text alone, without a name before it.
        """
}
