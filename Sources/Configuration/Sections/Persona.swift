import JSON

extension Configuration {
    /// `personas.NAME`: a system prompt and what goes with it. A plain string is the prompt alone.
    package struct Persona: Sendable, Equatable {
        /// `prompt`: the system prompt; never blank.
        package var prompt: String
        /// `temperature`: 0 to 2. Default: the service's.
        package var temperature: Double?
        /// `model`: `model` or `provider/model`. Default: the provider's.
        package var model: String?

        /// A persona.
        package init(prompt: String, temperature: Double? = nil, model: String? = nil) {
            self.prompt = prompt
            self.temperature = temperature
            self.model = model
        }
    }
}

extension Configuration.Persona {
    /// Reads the section `personas`. What is wrong in it is left out.
    static func readAll(_ section: inout Section) -> [String: Configuration.Persona] {
        var personas: [String: Configuration.Persona] = [:]
        for name in section.names {
            if name.isEmpty || name.contains(where: \.isWhitespace) {
                section.fault(name, "expected the name of a persona to be one word")
                section.skip(name)
            } else if section.isString(name) {
                if let prompt = section.requiredString(name) { personas[name] = Configuration.Persona(prompt: prompt) }
            } else if section.has(name) {
                section.section(name) { personas[name] = read(&$0) }
            } else {
                section.fault(name, expected: "a prompt")
            }
        }
        return personas
    }

    private static func read(_ section: inout Section) -> Configuration.Persona? {
        let prompt = section.requiredString("prompt")
        let temperature = section.temperature("temperature")
        let model = section.string("model")
        return prompt.map { Configuration.Persona(prompt: $0, temperature: temperature, model: model) }
    }
}
