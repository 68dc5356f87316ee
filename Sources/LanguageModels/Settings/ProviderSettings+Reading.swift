import HTTPTransport
import JSON
import ServiceRuntime
package import Settings

extension ProviderSettings {
    /// Every key that some type knows: in a provider of another type it is no typing error.
    private static let keysOfSomeType = [
        "base_url", "api_key", "api_key_file", "api_keys", "organization", "site_url", "site_name", "num_ctx",
        "keep_alive", "think", "models", "provider", "rules",
    ]

    /// Reads `providers.NAME`; nil where it cannot be told of which type it is.
    /// - Parameter names: the providers that may stand in for it.
    package init?(name: String, among names: [String], _ section: inout Section) {
        var type = ProviderType(rawValue: name)
        if section.has("type") {
            type = section.choice("type") ?? type
        } else if type == nil {
            let hint = NearestName.hint(for: name, among: ProviderType.allCases.map(\.rawValue))
            section.fault(
                "type", expected: "\(Section.alternatives(ProviderType.self)), because \"\(name)\" is none\(hint)")
        }
        guard let type else {
            section.skipAll()
            return nil
        }
        self.init(type, name: name)
        section.note("type", .string(type.rawValue))
        read(&section, among: names)
    }

    private mutating func read(_ section: inout Section, among names: [String]) {
        // The old plugin's name.
        timeouts.firstByte = section.seconds("timeout") ?? timeouts.firstByte
        section.seconds("first_token_timeout", &timeouts.firstByte)
        section.seconds("idle_timeout", &timeouts.idle)
        section.seconds("total_timeout", &timeouts.total)
        section.seconds("connect_timeout", &timeouts.connect)
        section.string("default_model", &defaultModel)
        section.string("embedding_model", &embeddingModel)
        section.integer("max_concurrent", &policy.maxConcurrent, in: 1...)
        section.integer("max_retries", &policy.maxRetries, in: 0...10)
        policy.fallback = section.fallback("fallback", among: names, of: name)
        section.note("fallback", .null)
        if type == .scripted {
            rules = section.objects("rules", of: "rules") { ScriptedRule(&$0) }
            section.note("rules", .array([]))
        } else {
            readKeys(&section)
            readAddress(&section)
        }
        if type == .openai || type == .openrouter { section.string("organization", &organization) }
        if type == .openrouter {
            section.string("site_url", &siteURL)
            section.string("site_name", &siteName)
            section.words("models", &models)
            preferences = section.passedOn("provider")
            section.note("provider", .null)
        }
        if type == .ollama {
            section.integer("num_ctx", &contextWindow, in: 1...10_000_000)
            keepAlive = section.keepAlive("keep_alive")
            think = section.think("think")
        }
        for key in Self.keysOfSomeType where section.isUnread(key) {
            section.warn(key, "not used by a provider of the type \(type.rawValue), ignored")
        }
    }

    /// A variable of the environment, if it is set and for this provider: the one named after its type. (Another of the
    /// type `openai` is another server: OpenAI's key is none of its business.)
    private func variable(_ variable: String?, _ section: Section) -> (name: String, text: String)? {
        guard name == type.rawValue, let variable else { return nil }
        return section.environment[variable].map { (variable, $0) }
    }

    private mutating func readKeys(_ section: inout Section) {
        var (own, others) = (section.key("api_key", file: "api_key_file"), section.keys("api_keys"))
        let variable = variable(type.variables.key, section)
        if let variable {
            own = nil
            do throws(KeyFault) { own = try Secret(key: variable.text) } catch {
                section.fault(of: variable.name, error.text)
            }
        }
        if let own { others.insert(own, at: 0) }
        var seen: Set<Secret> = []
        apiKeys = others.filter { seen.insert($0).inserted }
        guard apiKeys.count > Self.maxKeys else { return }
        let count = "\(Self.maxKeys) keys"
        if let variable {
            section.fault(of: variable.name, "expected at most \(count) with those of api_keys, got \(apiKeys.count)")
        } else {
            section.fault("api_keys", "expected at most \(count) in all, got \(apiKeys.count)")
        }
    }

    private mutating func readAddress(_ section: inout Section) {
        section.webAddress("base_url", &baseURL)
        guard let variable = variable(type.variables.address, section) else { return }
        do throws(AddressFault) {
            baseURL =
                try type == .ollama
                ? WebAddress.parse(ollamaHost: variable.text) : WebAddress.parse(variable.text)
        } catch {
            section.fault(of: variable.name, error.text(got: .string(variable.text)))
        }
    }
}
