import BusProtocol
import Conversations
import GatewayCore
import JSON
import LLMService
import LanguageModels
import NATSPlugin
import Persistence
package import Settings

extension Configuration {
    /// Takes over what the file says, the environment over it, and the command line over both.
    package mutating func read(_ root: inout Section, _ overrides: Overrides = Overrides()) {
        readOldKeys(&root)
        root.section("nats") { section in
            nats.read(&section)
            group.read(&section)
        }
        var own: [Persona] = []
        root.section("personas") { own = Persona.readAll(&$0) }
        service.personas = PersonaBook(adding: own)
        root.note("personas", .object([:]))
        // A persona that is there but wrong has its own fault already: it is known.
        let personas = service.personas.names + (root.fields["personas"]?.object?.keys.sorted() ?? [])
        root.section("service") { section in
            service.read(&section, personas: personas)
            requests.read(&section)
            section.seconds("shutdown_timeout", &shutdownTimeout)
        }
        root.section("context") { service.readContext(&$0) }
        root.section("chat", &chat)
        root.section("memory", &service.memory)
        readProviders(&root, overrides)
        root.section("state", &state)
        jobs.replicas = state.replicas
        root.section("resilience", &service.resilience)
        root.section("cache", &service.cache)
        root.section("gateway", &gateway)
        (gateway.reservedNames, gateway.maxEmbedInputs) = (chat.permissions.admins, requests.embedInputs)
        root.section("jobs", &jobs)
        service.limits.read(from: &root)
        root.section("agents", &agent)
        root.section("bridge", &bridge)
        bridge.grace = shutdownTimeout + .seconds(1)
        if let number = group.number { leaveToOthers(&root, number) }
        let lengths = [chat.maxMessageLength, bridge.isEnabled ? bridge.length : nil].compactMap(\.self)
        service.personas = PersonaBook(adding: own, botName: bridge.name, lineLength: lengths.min())
        root.section("logging") { section in
            section.choice("level", &logLevel)
            section.choice("format", &logFormat)
        }
        logLevel = overrides.logLevel ?? logLevel
        logFormat = overrides.logFormat ?? logFormat
        if let text = overrides.natsURL {
            nats.connect(to: text, from: "--nats", &root)
        } else if let text = root.environment["NATS_URL"] {
            nats.connect(to: text, from: "NATS_URL", &root)
        }
        chooseProvider(&root, overrides)
        root.finish()
    }

    /// Keys of the old plugin, whose file works unchanged.
    private mutating func readOldKeys(_ root: inout Section) {
        _ = root.string("name")
        if root.flag("enabled") == false {
            root.warn("enabled", "false is ignored: to have no service, do not start it")
        }
        service.maxContextMessages = root.integer("max_context", in: 1...) ?? service.maxContextMessages
    }

    /// Reads the providers of the file, and adds what need not be there: those whose key or address is in the environment
    /// where the file names none at all, and the one that the operator asks for by its type.
    private mutating func readProviders(_ root: inout Section, _ overrides: Overrides) {
        let (written, environment) = (Self.written(root), root.environment)
        let wanted = overrides.provider ?? environment["ROSEY_LLM_PROVIDER"]
        var names = written.isEmpty ? Set(providers.keys) : Set(written.keys)
        for type in ProviderType.allCases {
            let variables = [type.variables.key, type.variables.address].compactMap(\.self)
            let isThere = written.isEmpty && variables.contains { environment[$0] != nil }
            if isThere || wanted == type.rawValue { names.insert(type.rawValue) }
        }
        let known = names.sorted()
        fallback = root.fallback("fallback", among: known) ?? []
        root.note("fallback", .array([]))
        root.section("providers") { section in
            providers = [:]
            for name in known {
                if name.isEmpty || name.contains(where: { $0.isWhitespace || $0 == "/" }) {
                    section.fault(name, "expected the name of a provider to be one word without \"/\"")
                    section.skip(name)
                } else {
                    section.section(name) { providers[name] = ProviderSettings(name: name, among: known, &$0) }
                }
            }
        }
    }

    /// A group that has a number hears its channels' subjects, and nothing else.
    private mutating func leaveToOthers(_ root: inout Section, _ number: Int) {
        let reason = "ignored in group \(number) (nats.group): one without a number does that"
        if !agent.owner.isEmpty { root.warn("agents.owner", reason) }
        if bridge.isEnabled { root.warn("bridge.enabled", reason) }
        (agent.owner, bridge.isEnabled, jobs.isEnabled) = ("", false, false)
    }

    private mutating func chooseProvider(_ root: inout Section, _ overrides: Overrides) {
        let source = overrides.provider == nil ? "ROSEY_LLM_PROVIDER" : "--provider"
        // A provider of the file that is not here has a fault of its own already.
        let (written, names) = (Self.written(root), providers.keys.sorted().joined(separator: ", "))
        let isThere = { [providers] name in providers[name] != nil || written[name] != nil }
        let missing = { (name: String) in "no provider \(name) is configured (there are: \(names))" }
        let faults = root.faults.count
        if let name = overrides.provider ?? root.environment["ROSEY_LLM_PROVIDER"] {
            root.skip("default_provider")
            if !isThere(name) { root.fault(of: source, missing(JSONValue.string(name).brief)) }
            defaultProvider = name
        } else if let name = root.string("default_provider") {
            if !isThere(name) { root.fault("default_provider", missing(root.written("default_provider"))) }
            defaultProvider = name
        } else if !isThere(defaultProvider), root.faults.count == faults {
            // Which one is meant is plain where there is one, or one besides the script.
            let candidates = providers.values.filter { $0.type != .scripted || providers.count == 1 }
            if let only = candidates.first, candidates.count == 1 {
                defaultProvider = only.name
            } else {
                root.fault("default_provider", expected: "one of \(names)")
            }
        }
        root.note("default_provider", .string(defaultProvider))
    }

    /// What the file says of providers; empty where it says nothing.
    private static func written(_ root: Section) -> [String: JSONValue] { root.fields["providers"]?.object ?? [:] }
}
