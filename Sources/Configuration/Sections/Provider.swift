package import JSON
package import ServiceRuntime

extension Configuration {
    /// `providers.NAME`: a place that answers prompts.
    package struct Provider: Sendable, Equatable {
        /// The name that requests ask for it by.
        package var name: String
        /// `type`: what it speaks. Default: its name.
        package var type: Kind
        /// `base_url`: `http` or `https`, without a slash at its end and without credentials; empty for a scripted one.
        /// Default: ``Kind/baseURL``.
        package var baseURL: String
        /// The environment's key, or else `api_key` or the content of the file `api_key_file`; after it those of the list
        /// `api_keys`. None of them twice, at most ``maxKeys``. Default none.
        package var apiKeys: [Secret] = []
        /// `organization`: OpenAI's; default none.
        package var organization: String?
        /// `site_url`: what OpenRouter shows as the caller's address; default none.
        package var siteURL: String?
        /// `site_name`: what OpenRouter shows as the caller's name. Default `Rosey-Robot` there.
        package var siteName: String?
        /// `first_token_timeout`: seconds until the answer begins; above 0, at most a day. Default 60. (The old plugin's
        /// `timeout` says the same where this is absent.)
        package var firstTokenTimeout: Duration = .seconds(60)
        /// `idle_timeout`: seconds between two bytes of an answer that has begun; above 0, at most a day. Default 30.
        package var idleTimeout: Duration = .seconds(30)
        /// `total_timeout`: seconds for one whole answer; above 0, at most a day. Default 300.
        package var totalTimeout: Duration = .seconds(300)
        /// `connect_timeout`: seconds; above 0, at most a day. Default 5.
        package var connectTimeout: Duration = .seconds(5)
        /// `default_model`: the model where a request names none. Default: ``Kind/defaultModel``.
        package var defaultModel: String
        /// `embedding_model`: the model that turns texts into vectors where a request names none; nil where the type has
        /// none. Default: ``Kind/embeddingModel``.
        package var embeddingModel: String?
        /// `max_concurrent`: calls at once, 1 or more; nil is no bound. Default none.
        package var maxConcurrent: Int?
        /// `max_retries`: further tries after a failure that may pass; 0 to 10. Default 2.
        package var maxRetries = 2
        /// `fallback`: like the global one, and in its place: empty is nobody, nil is the global one. Never names the
        /// provider itself. Default nil.
        package var fallback: [String]?
        /// `num_ctx`: the tokens that Ollama keeps in view, 1 to 10 000 000; nil is the model's own. Default none.
        package var numCtx: Int?
        /// `keep_alive`: how long Ollama keeps the model in memory, as it is sent: a string such as `5m`, or a number of
        /// seconds, -1 for ever; nil is Ollama's own. Default none.
        package var keepAlive: JSONValue?
        /// `think`: whether or how hard Ollama's model thinks first, as it is sent: a truth value, or `low`, `medium` or
        /// `high`; nil is the model's own. Default none.
        package var think: JSONValue?
        /// `models`: the models that OpenRouter itself tries after the one asked for; none blank. Default none.
        package var models: [String] = []
        /// `provider`: OpenRouter's provider preferences, passed on as they are. Default none.
        package var preferences: [String: JSONValue]?
        /// `rules`: what a scripted provider says, the first match first; empty for its own small talk. Default none.
        package var rules: [ScriptedRule] = []

        /// A provider with the defaults of its type.
        package init(name: String, type: Kind) {
            self.name = name
            self.type = type
            baseURL = type.baseURL
            defaultModel = type.defaultModel
            embeddingModel = type.embeddingModel
            siteName = type == .openrouter ? "Rosey-Robot" : nil
        }

        /// The key to begin with; nil where there is none.
        package var apiKey: Secret? { apiKeys.first }

        /// The most keys that one provider may have.
        package static let maxKeys = 64
    }
}
