extension Configuration.Provider {
    /// What a provider speaks.
    package enum Kind: String, Sendable, CaseIterable {
        /// Ollama's own interface.
        case ollama
        /// OpenAI's interface, wherever it is served.
        case openai
        /// OpenRouter's.
        case openrouter
        /// No network: rules.
        case scripted

        /// Where it is unless told.
        package var baseURL: String {
            switch self {
            case .ollama: "http://localhost:11434"
            case .openai: "https://api.openai.com/v1"
            case .openrouter: "https://openrouter.ai/api/v1"
            case .scripted: ""
            }
        }

        /// The model unless told.
        package var defaultModel: String {
            switch self {
            case .ollama: "llama3.2"
            case .openai: "gpt-4"
            case .openrouter: "anthropic/claude-3-sonnet"
            case .scripted: "eliza"
            }
        }

        /// The model for vectors unless told; nil where the type has none.
        package var embeddingModel: String? {
            switch self {
            case .ollama: "nomic-embed-text"
            case .openai: "text-embedding-3-small"
            case .openrouter: "openai/text-embedding-3-small"
            case .scripted: nil
            }
        }

        /// The variable with the key of the provider that is named after its type.
        var keyVariable: String? {
            switch self {
            case .openai: "OPENAI_API_KEY"
            case .openrouter: "OPENROUTER_API_KEY"
            case .ollama, .scripted: nil
            }
        }

        /// The variable with the address of the provider that is named after its type.
        var addressVariable: String? {
            switch self {
            case .ollama: "OLLAMA_HOST"
            case .openai: "OPENAI_BASE_URL"
            case .openrouter, .scripted: nil
            }
        }
    }
}
