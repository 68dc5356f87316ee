import BusProtocol
import FoundationEssentials
package import GatewayCore
package import HTTPServing
import JSON
package import Observability

extension OpenAIGateway {
    /// A model that can be asked for.
    struct Model: Equatable {
        /// As it is asked for: `provider/model`, or an alias.
        var id: String
        /// The model's own id at its provider.
        var plainID: String
        var owner: String
    }

    /// `GET /v1/models`.
    package func listModels(_ span: TraceSpan?) async throws(APIError) -> HTTPServerResponse {
        let models = try await models(span)
        let body = JSONWriter.object(capacity: 64 + models.count * 96) { writer in
            writer.field("object", "list")
            writer.objects("data", models) { Self.write($1, to: &$0) }
        }
        return HTTPServerResponse(headers: [("Content-Type", "application/json")], body: Data(body))
    }

    /// `GET /v1/models/{id}`.
    package func findModel(_ id: String, _ span: TraceSpan?) async throws(APIError) -> HTTPServerResponse {
        let models = try await models(span)
        guard let model = models.first(where: { $0.id == id }) ?? models.first(where: { $0.plainID == id }) else {
            throw .noSuchModel(id)
        }
        let body = JSONWriter.object { Self.write(model, to: &$0) }
        return HTTPServerResponse(headers: [("Content-Type", "application/json")], body: Data(body))
    }

    /// Those of all providers that list theirs, and the aliases.
    private func models(_ span: TraceSpan?) async throws(APIError) -> [Model] {
        let answer = try await bus.ask(
            LLMRequest(.models), timeout: min(settings.requestTimeout, .seconds(30)), span)
        guard let models = answer.models else { throw ServiceFailure.unreadable }
        let listed = models.map { Model(id: "\($0.provider)/\($0.id)", plainID: $0.id, owner: $0.provider) }
        let own = [ModelNames.usual] + ModelNames(settings.modelAliases).all.map(\.name)
        return own.map { Model(id: $0, plainID: $0, owner: "rosey-llm") } + listed
    }

    private static func write(_ model: Model, to writer: inout JSONWriter) {
        writer.field("id", model.id)
        writer.field("object", "model")
        // The field has to be there; when a model was made, no provider's list says.
        writer.field("created", 0)
        writer.field("owned_by", model.owner)
    }
}

/// What clients call models, and what the service calls them.
struct ModelNames: Sendable {
    /// The name that means: whichever the service usually takes.
    static let usual = "default"
    private let aliases: [String: String]

    init(_ aliases: [String: String]) { self.aliases = aliases }

    /// What the service is asked for; nil for its usual model.
    func resolved(_ name: String) -> String? {
        if let model = aliases[name] { return model }
        return name == Self.usual ? nil : name
    }

    /// Names and what they mean, in order.
    var all: [(name: String, model: String)] {
        aliases.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
