import JSON
import Settings

extension ScriptedRule {
    /// Reads `providers.NAME.rules[…]`; nil where the pattern or what the rule does is missing.
    init?(_ section: inout Section) {
        let pattern = section.requiredString("pattern")
        let replies = section.entries("replies")?.map(\.text) ?? []
        if replies.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
            section.fault("replies", expected: "no blank reply among them")
        }
        guard let pattern else {
            section.skipAll()
            return nil
        }
        if pattern.count > 1, pattern.hasPrefix("/"), pattern.hasSuffix("/") {
            section.fault("pattern", expected: "words, with * for any (regular expressions are not understood)")
        }
        self.init(
            pattern, replies: replies, delay: section.seconds("delay", orZero: true),
            chunkSize: section.integer("chunk_size", in: 1...), failure: Self.failure(&section))
        if !section.has("failure"), !section.has("replies") || section.fields["replies"] == .array([]) {
            section.fault("replies", expected: "at least one reply or a failure")
        }
    }

    /// The kinds of failure that a provider can have.
    private static let failureCodes: KeyValuePairs<String, ProviderError.Code> = [
        "unavailable": .unavailable, "timeout": .timeout, "rate_limited": .rateLimited, "quota": .quota,
        "authentication": .authentication, "unknown_model": .unknownModel, "too_long": .tooLong,
        "invalid_request": .invalidRequest, "content_filtered": .contentFiltered, "bad_answer": .badAnswer,
    ]

    /// How a rule fails: an object, or a string that is the code alone.
    private static func failure(_ section: inout Section) -> ProviderError? {
        guard section.has("failure") else { return nil }
        var (name, message): (String?, String?)
        if section.isString("failure") {
            name = section.string("failure")
        } else {
            section.section("failure") { (name, message) = ($0.string("code"), $0.string("message")) }
        }
        let code = failureCodes.first { $0.key == name ?? "unavailable" }?.value
        if code == nil {
            section.fault("failure", expected: "one of \(failureCodes.map(\.key).joined(separator: ", "))")
        }
        return ProviderError(code ?? .unavailable, message ?? "the script says that this fails")
    }
}
