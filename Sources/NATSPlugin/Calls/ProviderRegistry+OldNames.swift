import LanguageModels

extension ProviderRegistry {
    /// What the old plugin calls a provider: the class that it was there. One that it had not keeps its own name.
    func oldName(of name: String) -> String {
        guard let provider = get(name) else { return name }
        let type = type(of: provider)
        if type == OllamaProvider.self { return "OllamaProvider" }
        if type == OpenAIProvider.self { return "OpenAIProvider" }
        if type == OpenRouterProvider.self { return "OpenRouterProvider" }
        if type == ScriptedProvider.self { return "ScriptedProvider" }
        return name
    }
}
