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
        /// `api_key`, or the content of the file `api_key_file`, or the environment's; nil where there is none.
        package var apiKey: Secret?
        /// `organization`: OpenAI's; default none.
        package var organization: String?
        /// `site_url`: what OpenRouter shows as the caller's address; default none.
        package var siteURL: String?
        /// `site_name`: what OpenRouter shows as the caller's name. Default `Rosey-Robot` there.
        package var siteName: String?
        /// `timeout`: seconds without a byte before it counts as silent; above 0, at most a day. Default 60.
        package var timeout: Duration = .seconds(60)
        /// `connect_timeout`: seconds; above 0, at most a day. Default 5.
        package var connectTimeout: Duration = .seconds(5)
        /// `default_model`: the model where a request names none. Default: ``Kind/defaultModel``.
        package var defaultModel: String
        /// `max_retries`: further tries after a failure that may pass; 0 to 10. Default 2.
        package var maxRetries = 2
        /// `rules`: what a scripted provider says, the first match first; empty for its own small talk. Default none.
        package var rules: [ScriptedRule] = []

        /// A provider with the defaults of its type.
        package init(name: String, type: Kind) {
            self.name = name
            self.type = type
            baseURL = type.baseURL
            defaultModel = type.defaultModel
            siteName = type == .openrouter ? "Rosey-Robot" : nil
        }
    }
}
