import BusProtocol
import LLMService
import JSON
import Testing

@testable import NATSPlugin

@Suite("Permissions")
struct PermissionsTests {
    private let some = Permissions(admins: ["root", "Ada"], restricted: [.reset, .cancel])

    @Test("are everybody's where nothing else is said", arguments: BusProtocol.Operation.Kind.allCases)
    func everybody(command: BusProtocol.Operation.Kind) {
        #expect(Permissions().mayUse(command, "anybody"))
        #expect(Permissions().mayUse(command, nil))
        #expect(some.mayUse(command, "root") && some.mayUse(command, "Ada"))
    }

    @Test("are an admin's by the exact name only", arguments: [nil, "", "Root", "root ", "ada", "User"] as [String?])
    func exact(user: String?) {
        #expect(!some.mayUse(.reset, user))
        #expect(some.mayUse(.persona, user))
    }

    @Test("are nobody's where there are no admins")
    func nobody() { #expect(!Permissions(restricted: [.reset]).mayUse(.reset, "root")) }

    /// As strict as can be set.
    private static let strict = Permissions(
        admins: ["root"],
        restricted: [.reset, .persona, .model, .cancel, .retry, .remember, .recall, .forget, .usage])

    @Test(
        "are refused with one sentence",
        arguments: [
            ("reset", "Only admins may reset the conversation here."),
            ("persona x", "Only admins may change the persona here."),
            ("model x", "Only admins may change the model here."),
            ("retry", "Only admins may have an answer made again here."),
        ])
    func sentences(typed: String, sentence: String) throws {
        let permissions = Self.strict
        let refusal = permissions.refusal(of: try operation(typed), to: "alice")
        #expect(refusal?.code == .forbidden)
        #expect(refusal?.message == sentence)
        #expect(refusal.map { ServiceTexts.failure($0, through: .command) } == sentence)
        #expect(permissions.refusal(of: try operation(typed), to: "root") == nil)
    }

    @Test(
        "are for what changes something, not for looking at it",
        arguments: [
            ("reset", true), ("persona x", true), ("persona", false), ("model x", true), ("model", false),
            ("retry", true), ("usage", true), ("help", false), ("remember this", true), ("recall", true),
            ("forget x", true), ("reset my password", false), ("stop", false),
        ])
    func commands(text: String, isRestricted: Bool) throws {
        #expect((Self.strict.refusal(of: try operation(text), to: nil) != nil) == isRestricted)
    }

    private func operation(_ text: String) throws -> BusProtocol.Operation {
        let limits = RequestLimits(messageBytes: 1000, timeout: .seconds(1))
        return try ChatCommand.decode(["args": .string(text), "channel": .string("c")], reply: nil, limits: limits)
            .operation.get()
    }
}
