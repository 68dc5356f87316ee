import Configuration
import Conversations
import LLMService
import LanguageModels
import NATSPlugin
import ServiceRuntime

extension ServiceSettings {
    /// The service that the configuration describes.
    init(_ configuration: Configuration) {
        let service = configuration.service
        let personas = configuration.personas.sorted { $0.key < $1.key }.map { name, persona in
            Persona(name: name, prompt: persona.prompt, temperature: persona.temperature, model: persona.model)
        }
        self.init(
            personas: PersonaBook(adding: personas), defaultPersona: service.defaultPersona,
            maxContextMessages: service.maxContextMessages, maxChannels: service.maxChannels,
            lanes: LaneLimits(
                running: service.maxConcurrentRequests, waiting: service.maxQueue,
                waitingPerLane: service.maxQueuePerChannel),
            requestTimeout: service.requestTimeout, temperature: service.temperature)
    }
}

extension PluginSettings {
    /// The plugin that the configuration describes.
    init(_ configuration: Configuration) {
        self.init(
            maxMessageBytes: configuration.service.maxMessageBytes, roomLength: configuration.chat.maxMessageLength)
    }
}
