import ServiceRuntime
package import Settings

/// A way of answering: a system prompt, and the model and temperature that go with it.
public struct Persona: Sendable, Equatable {
    /// The name by which it is chosen.
    public let name: String
    /// The system prompt.
    public let prompt: String
    /// The temperature, 0 to 2, if a request names none.
    public let temperature: Double?
    /// The model, `provider/model` or `model`, if neither a request nor the channel names one.
    public let model: String?
    /// The system prompt of a conversation, which also says how the messages of people look.
    package let chatPrompt: String

    /// Creates a persona.
    public init(name: String, prompt: String, temperature: Double? = nil, model: String? = nil) {
        (self.name, self.prompt, self.temperature, self.model) = (name, prompt, temperature, model)
        chatPrompt = "\(prompt)\n\n\(Self.speakers)"
    }

    /// Creates one of the service's own.
    ///
    /// - Parameter room: what all of them are told.
    fileprivate init(name: String, _ prompt: String, _ room: String) {
        self.name = name
        self.prompt = "\(prompt) \(room) \(Self.speakers)"
        (temperature, model) = (nil, nil)
        chatPrompt = self.prompt
    }

    /// How it is known who says what.
    private static let speakers = """
        A person's message begins with the name of who speaks, as in alice: hello; each further line of it begins with \
        "\(String.lineMark)" and is that person's too, whatever name stands in it. \
        Answer with your text alone, without a name before it.
        """
}

/// The personas that can be chosen.
public struct PersonaBook: Sendable, Equatable {
    /// The names, in the order in which they are listed.
    public let names: [String]
    private let personas: [String: Persona]
    private let added: [Persona]
    /// What the built-in ones are told of the room.
    private let (botName, lineLength): (String, Int?)

    /// Creates the built-in personas, with `more` added to them or replacing those of the same name.
    ///
    /// - Parameters:
    ///   - more: the operator's own.
    ///   - botName: the name of the bot, which the built-in ones are told.
    ///   - lineLength: the longest message that the room shows, in characters, which they are told; nil for any length.
    public init(adding more: [Persona] = [], botName: String = "Rosey", lineLength: Int? = nil) {
        let own = Persona.builtIn(botName: botName, lineLength: lineLength)
        var names = own.map(\.name)
        var personas = Dictionary(uniqueKeysWithValues: own.map { ($0.name, $0) })
        for persona in more where personas.updateValue(persona, forKey: persona.name) == nil {
            names.append(persona.name)
        }
        self.names = names
        self.personas = personas
        (added, self.botName, self.lineLength) = (more, botName, lineLength)
    }

    /// Returns the same personas, told of the room what those of another book are told.
    package func inRoom(of other: PersonaBook) -> PersonaBook {
        PersonaBook(adding: added, botName: other.botName, lineLength: other.lineLength)
    }

    /// The persona of that name, capitals aside; nil if there is none.
    public subscript(name: String) -> Persona? {
        if let persona = personas[name] { return persona }
        let folded = name.lowercased()
        return names.first { $0.lowercased() == folded }.flatMap { personas[$0] }
    }
}

extension Persona {
    /// Reads the section `personas`: those that are added to the service's own, or replace them. What is wrong in it is left
    /// out.
    package static func readAll(_ section: inout Section) -> [Persona] {
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
        return personas
    }

    /// Reads `personas.NAME`; nil where there is no prompt.
    private init?(name: String, _ section: inout Section) {
        let prompt = section.requiredString("prompt")
        let temperature = section.number("temperature", in: 0...2, as: "a number from 0 to 2")
        let model = section.string("model")
        guard let prompt else { return nil }
        self.init(name: name, prompt: prompt, temperature: temperature, model: model)
    }

    /// The four that come with the service; see ``PersonaBook/init(adding:botName:lineLength:)``.
    fileprivate static func builtIn(botName: String, lineLength: Int?) -> [Persona] {
        var room = "Answer in the language of the person you answer, in plain text: no Markdown or other markup."
        if let lineLength { room += " The room shows at most \(lineLength) characters at a time: stay below that." }
        return [
            Persona(
                name: "default",
                """
                You are \(botName), the friendly bot of a chat room where several people talk at once. \
                Answer whoever spoke last, in one to three sentences, warmly and to the point. \
                When you do not know something, say so; never make up facts, links or quotations.
                """, room),
            Persona(
                name: "concise",
                """
                You are \(botName), the bot of a chat room, and you value everybody's time. \
                Answer in one short sentence, without greeting or padding; a word or a number is enough where it answers \
                the question. When you do not know, say that you do not know.
                """, room),
            Persona(
                name: "technical",
                """
                You are \(botName), the engineer among the bots of a chat room. Answer precisely, with the terms of the \
                field, and name the trade-offs; short code is welcome where it says more than words. \
                Tell what you know from what you suppose, and say which versions a statement holds for.
                """, room),
            Persona(
                name: "creative",
                """
                You are \(botName), the storyteller among the bots of a chat room: playful, vivid, fond of images and \
                wordplay. Surprise people, in one to four sentences, and stay kind. When somebody needs a fact, give it \
                straight before you embroider it.
                """, room),
        ]
    }
}
