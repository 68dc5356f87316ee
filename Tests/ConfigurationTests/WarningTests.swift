import Configuration
import Testing

@Suite struct WarningTests {
    @Test(arguments: [
        (
            #"{"service": {"max_contxt_messages": 5}}"#,
            #"service.max_contxt_messages: unknown key, ignored (did you mean "max_context_messages"?)"#
        ),
        (#"{"Providers": {}}"#, #"Providers: unknown key, ignored (did you mean "providers"?)"#),
        (#"{"service": {"zzz": null}}"#, "service.zzz: unknown key, ignored"),
        (
            #"{"providers": {"ollama": {"base-url": "x"}}}"#,
            #"providers.ollama.base-url: unknown key, ignored (did you mean "base_url"?)"#
        ),
        (
            #"{"providers": {"ollama": {"site_url": "x"}}}"#,
            "providers.ollama.site_url: not used by a provider of the type ollama, ignored"
        ),
        (#"{"nats": {"tls": {"cafile": "x"}}}"#, #"nats.tls.cafile: unknown key, ignored (did you mean "ca_file"?)"#),
        (
            #"{"personas": {"pirate": {"prompt": "x", "modle": "y"}}}"#,
            #"personas.pirate.modle: unknown key, ignored (did you mean "model"?)"#
        ),
        (
            #"{"providers": {"scripted": {"rules": [{"pattern": "*", "replies": ["x"], "chunksize": 1}]}}}"#,
            #"providers.scripted.rules[0].chunksize: unknown key, ignored (did you mean "chunk_size"?)"#
        ),
        (
            #"{"resilience": {"max_retry_wat": 5}}"#,
            #"resilience.max_retry_wat: unknown key, ignored (did you mean "max_retry_wait"?)"#
        ),
        (#"{"falback": []}"#, #"falback: unknown key, ignored (did you mean "fallback"?)"#),
        (#"{"bridge": {"enabled": true, "nonsense": 1}}"#, "bridge.nonsense: unknown key, ignored"),
        (
            #"{"chat": {"permissions": {"stopp": "admins"}}}"#,
            #"chat.permissions.stopp: unknown key, ignored (did you mean "stop"?)"#
        ),
        (
            #"{"chat": {"permissions": {"stop": "admins"}}}"#,
            "chat.permissions: there are no admins: nobody may do what is for them (see chat.admins)"
        ),
        (
            #"{"limits": {"token_per_day": 5}}"#,
            #"limits.token_per_day: unknown key, ignored (did you mean "tokens_per_day"?)"#
        ),
        (#"{"agents": {"enabled": false}}"#, "agents.enabled: unknown key, ignored"),
        (#"{"cache": {"max_entries": 5}}"#, "cache.max_entries: unknown key, ignored"),
        (#"{"resilience": {"fallback": []}}"#, "resilience.fallback: unknown key, ignored"),
        (#"{"enabled": false}"#, "enabled: false is ignored: to have no service, do not start it"),
    ])
    func oneWarningOneLine(text: String, warning: String) throws {
        #expect(try load(text).warnings == [warning])
    }

    @Test func warningsComeWithFaultsToo() throws {
        let text = #"{"nmae": "x", "logging": {"level": 1}}"#
        try withFile(text) { path throws in
            #expect(
                throws: ConfigurationError(
                    ["logging.level: expected a string, got 1"],
                    warnings: [#"nmae: unknown key, ignored (did you mean "name"?)"#])
            ) { try Configuration.load(path: path, explicit: true) }
        }
    }
}
