import JSON
import LanguageModels

extension CompletionRequest {
    /// The same, with the model told that JSON is wanted, where it is: OpenAI refuses to hold a model to it that was not
    /// told, and what cannot be held to it should at least know.
    var withInstruction: CompletionRequest {
        guard let format else { return self }
        let instruction = "Answer with JSON alone, without any text before or after it."
        // For those that cannot be held to a schema.
        return adding(
            format.schema.map { "\(instruction) It must follow this JSON Schema: \($0.source.text)" } ?? instruction)
    }

    /// The same, with the model told what was wrong with the answer that it gave before.
    func naming(_ fault: ResponseFormat.Fault) -> CompletionRequest {
        let what =
            switch fault {
            case .notJSON: "it was not JSON."
            case .schema(let fault): "it did not follow the schema (\(fault))."
            }
        return adding("An answer that you gave before could not be used: \(what) Give one that can.")
    }

    /// The same, with an instruction at the end of the system prompt.
    private func adding(_ instruction: String) -> CompletionRequest {
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
