import LanguageModels

extension CompletionRequest {
    /// The same, with the model told that JSON is wanted, where it is: OpenAI refuses to hold a model to it that was not
    /// told, and what cannot be held to it should at least know.
    var withInstruction: CompletionRequest {
        guard let format else { return self }
        var instruction = "Answer with JSON alone, without any text before or after it."
        // For those that cannot be held to a schema.
        if let schema = format.schemaText { instruction += " It must follow this JSON Schema: \(schema)" }
        var request = self
        switch input {
        case .text(let prompt, let system):
            request.input = .text(prompt, system: system.map { $0 + "\n" + instruction } ?? instruction)
        case .messages(var messages):
            if messages.first?.role == .system {
                messages[0].content += "\n" + instruction
            } else {
                messages.insert(ChatMessage(.system, instruction), at: 0)
            }
            request.input = .messages(messages)
        }
        return request
    }
}
