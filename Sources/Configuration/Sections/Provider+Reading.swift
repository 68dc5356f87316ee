import JSON
import ServiceRuntime

extension Configuration.Provider {
    /// Every key that some type knows: in a provider of another type it is no typing error.
    private static let keysOfSomeType = [
        "base_url", "api_key", "api_key_file", "api_keys", "organization", "site_url", "site_name", "num_ctx",
        "keep_alive", "think", "models", "provider", "rules",
    ]

    /// Reads the section `providers`. What is wrong in it has its defaults, or is left out.
    static func readAll(_ section: inout Section) -> [String: Configuration.Provider] {
        var providers: [String: Configuration.Provider] = [:]
        for name in section.names {
            if name.isEmpty || name.contains(where: { $0.isWhitespace || $0 == "/" }) {
                section.fault(name, "expected the name of a provider to be one word without \"/\"")
                section.skip(name)
            } else {
                section.section(name) { part in providers[name] = read(name, &part) }
            }
        }
        return providers
    }

    private static func read(_ name: String, _ section: inout Section) -> Configuration.Provider? {
        var type = Kind(rawValue: name)
        if section.has("type") {
            type = section.choice("type") ?? type
        } else if type == nil {
            let hint = NearestName.hint(for: name, among: Kind.allCases.map(\.rawValue))
            section.fault("type", expected: "\(Section.alternatives(Kind.self)), because \"\(name)\" is none\(hint)")
        }
        guard let type else {
            section.skipAll()
            return nil
        }
        var provider = Configuration.Provider(name: name, type: type)
        provider.read(&section)
        return provider
    }

    private mutating func read(_ section: inout Section) {
        let oldTimeout = section.seconds("timeout")
        firstTokenTimeout = section.seconds("first_token_timeout") ?? oldTimeout ?? firstTokenTimeout
        idleTimeout = section.seconds("idle_timeout") ?? idleTimeout
        totalTimeout = section.seconds("total_timeout") ?? totalTimeout
        connectTimeout = section.seconds("connect_timeout") ?? connectTimeout
        defaultModel = section.string("default_model") ?? defaultModel
        embeddingModel = section.string("embedding_model") ?? embeddingModel
        maxConcurrent = section.integer("max_concurrent", in: 1...)
        maxRetries = section.integer("max_retries", in: 0...10) ?? maxRetries
        section.skip("fallback")  // Read when it is known who is configured: see readFallbacks.
        if type == .scripted {
            rules = section.objects("rules", of: "rules") { Configuration.ScriptedRule.read(&$0) }
        } else {
            baseURL = section.webAddress("base_url") ?? baseURL
            apiKeys = Self.unique(section.key("api_key", file: "api_key_file"), section.keys("api_keys"))
            if apiKeys.count > Self.maxKeys {
                section.fault("api_keys", "expected at most \(Self.maxKeys) keys in all, got \(apiKeys.count)")
            }
        }
        if type == .openai || type == .openrouter { organization = section.string("organization") }
        if type == .openrouter {
            siteURL = section.string("site_url")
            siteName = section.string("site_name") ?? siteName
            models = section.words("models") ?? models
            preferences = section.passedOn("provider")
        }
        if type == .ollama { readOllama(&section) }
        for key in Self.keysOfSomeType where section.isUnread(key) {
            section.warn(key, "not used by a provider of the type \(type.rawValue), ignored")
        }
    }

    /// Takes over the environment's key and address, if this is the provider they are meant for: the one named after
    /// its type. (Another of the type `openai` is another server: OpenAI's key is none of its business.)
    /// - Parameter written: what the file says of this provider.
    mutating func apply(_ environment: Environment, written: [String: JSONValue], faults: inout [String]) {
        guard name == type.rawValue else { return }
        if let variable = type.keyVariable, let key = environment[variable] {
            if let key = Secret(key: key) {
                // In the place of the file's own key, which those of the list come after.
                var section = Section(written, environment: environment)
                apiKeys = Self.unique(key, section.keys("api_keys"))
                if apiKeys.count > Self.maxKeys {
                    faults.append(
                        "\(variable): expected at most \(Self.maxKeys) keys with those of api_keys, got \(apiKeys.count)"
                    )
                }
            } else {
                faults.append("\(variable): expected a key without spaces and line breaks, got a string")
            }
        }
        if let variable = type.addressVariable, let text = environment[variable] {
            do throws(AddressFault) {
                baseURL = try type == .ollama ? WebAddress.parse(ollamaHost: text) : WebAddress.parse(text)
            } catch {
                faults.append("\(variable): \(error.text(got: .string(text)))")
            }
        }
    }

    /// The own key and after it the others, none of them twice.
    private static func unique(_ own: Secret?, _ others: [Secret]) -> [Secret] {
        var seen: Set<Secret> = []
        return ((own.map { [$0] } ?? []) + others).filter { seen.insert($0).inserted }
    }
}
