extension Configuration {
    /// `service`: the service's bounds and habits.
    package struct Service: Sendable, Equatable {
        /// `max_context_messages`: messages of a conversation in a prompt, the new one included; 1 or more. Default 10.
        /// (The old plugin's `max_context` at the top level says the same where this is absent.)
        package var maxContextMessages = 10
        /// `default_persona`: a built-in persona or one of `personas`. Default `default`.
        package var defaultPersona = "default"
        /// `max_channels`: conversations kept in memory; 1 or more. Default 10 000.
        package var maxChannels = 10_000
        /// `max_concurrent_requests`: provider calls at once; 1 or more. Default 256.
        package var maxConcurrentRequests = 256
        /// `max_queue`: requests that wait, in all; 0 or more. Default 10 000.
        package var maxQueue = 10_000
        /// `max_queue_per_channel`: requests that wait in one channel; 1 or more. Default 20.
        package var maxQueuePerChannel = 20
        /// `shutdown_timeout`: seconds to finish what runs; above 0, at most a day. Default 25.
        package var shutdownTimeout: Duration = .seconds(25)
        /// `request_timeout`: seconds for one request in all, the cap on its `timeout_s` and the default of it; above 0,
        /// at most a day. Default 300.
        package var requestTimeout: Duration = .seconds(300)
        /// `max_message_bytes`: the largest message in bytes of UTF-8; 1 to 64 Mi. Default 256 Ki.
        package var maxMessageBytes = 262_144
        /// `temperature`: where neither the request nor the persona names one; 0 to 2. Default 0.7.
        package var temperature = 0.7
        /// `max_images`: images in one request, 0 to 64. Default 8.
        package var maxImages = 8
        /// `max_image_bytes`: the bytes of one image, before base64; 1 to 64 Mi. Default 4 Mi.
        package var maxImageBytes = 4_194_304
        /// `max_embed_inputs`: texts in one request for vectors, 1 to 4096. Default 256.
        package var maxEmbedInputs = 256

        /// The defaults.
        package init() {}
    }
}

extension Configuration.Service {
    /// Takes over what the section `service` says.
    /// - Parameter personas: the names that `default_persona` may be.
    mutating func read(_ section: inout Section, personas: [String]) {
        maxContextMessages = section.integer("max_context_messages", in: 1...) ?? maxContextMessages
        defaultPersona = section.name("default_persona", "persona", among: personas) ?? defaultPersona
        maxChannels = section.integer("max_channels", in: 1...) ?? maxChannels
        maxConcurrentRequests = section.integer("max_concurrent_requests", in: 1...) ?? maxConcurrentRequests
        maxQueue = section.integer("max_queue", in: 0...) ?? maxQueue
        maxQueuePerChannel = section.integer("max_queue_per_channel", in: 1...) ?? maxQueuePerChannel
        shutdownTimeout = section.seconds("shutdown_timeout") ?? shutdownTimeout
        requestTimeout = section.seconds("request_timeout") ?? requestTimeout
        maxMessageBytes = section.integer("max_message_bytes", in: 1...67_108_864) ?? maxMessageBytes
        temperature = section.temperature("temperature") ?? temperature
        maxImages = section.integer("max_images", in: 0...64) ?? maxImages
        maxImageBytes = section.integer("max_image_bytes", in: 1...67_108_864) ?? maxImageBytes
        maxEmbedInputs = section.integer("max_embed_inputs", in: 1...4096) ?? maxEmbedInputs
    }
}
