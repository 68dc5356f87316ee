import JSON
import ServiceRuntime

extension Configuration {
    /// Takes over what the file says.
    mutating func read(_ root: inout Section) {
        name = root.string("name") ?? name
        enabled = root.reader.bool("enabled") ?? enabled
        if !enabled { root.warn("enabled", "false is ignored: to have no service, do not start it") }
        service.maxContextMessages = root.integer("max_context", in: 1...) ?? service.maxContextMessages

        root.section("nats") { nats.read(&$0) }
        root.section("personas") { personas = Persona.readAll(&$0) }
        // A persona that is there but wrong has its own fault already: it is known.
        let known = Self.builtInPersonas + (root.fields["personas"]?.object?.keys.sorted() ?? [])
        root.section("service") { service.read(&$0, personas: known) }
        root.section("context") { context.read(&$0) }
        root.section("chat") { chat.read(&$0) }
        root.section("memory") { memory.read(&$0) }
        if root.has("providers"), root.fields["providers"] != .object([:]) {
            root.section("providers") { providers = Provider.readAll(&$0) }
        } else {
            root.skip("providers")
        }
        root.section("state") { state.read(&$0) }
        root.section("resilience") { resilience.read(&$0) }
        root.section("cache") { cache.read(&$0) }
        root.section("gateway") { gateway.read(&$0) }
        root.section("jobs") { jobs.read(&$0) }
        if root.has("rate_limits") { rateLimits = .old }
        root.section("rate_limits") { rateLimits.read(&$0) }
        root.section("limits") { limits.read(&$0) }
        root.section("agents") { agents.read(&$0) }
        root.section("bridge") { bridge.read(&$0) }
        root.section("logging") { logging.read(&$0) }
        root.skip("default_provider")
        root.skip("fallback")

        root.finish()
    }
}
