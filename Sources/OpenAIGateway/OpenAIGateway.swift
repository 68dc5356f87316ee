package import GatewayCore
package import ServiceRuntime

/// OpenAI's interface to the service: chat completions, embeddings and models, by the OpenAPI description that OpenAI publishes
/// (github.com/openai/openai-openapi). Who may ask is decided before.
package struct OpenAIGateway: Sendable {
    let settings: GatewaySettings
    let bus: ServiceBus
    let time: any TimeSource

    /// Creates the interface to the service on a bus.
    package init(_ settings: GatewaySettings, _ bus: ServiceBus, time: any TimeSource) {
        (self.settings, self.bus, self.time) = (settings, bus, time)
    }
}
