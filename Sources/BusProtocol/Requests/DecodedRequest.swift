package import LLMService
package import Settings

/// A decoded request, in the same form for every way in.
package struct DecodedRequest: Sendable {
    /// What the replies repeat, and where they go; complete also where the message has a fault.
    package var context: ReplyContext
    /// The kind of what was asked for, also where the message has a fault; `unknown` where that cannot be told.
    package var kind: Operation.Kind
    /// How it is to be answered.
    package var options: RequestOptions
    /// What was asked for, or what is wrong with the message.
    package var operation: Result<Operation, LLMError>
}

extension DecodedRequest {
    /// Creates a request that was understood elsewhere.
    package init(
        context: ReplyContext, kind: Operation.Kind, options: RequestOptions, _ operation: Result<Operation, LLMError>
    ) {
        (self.context, self.kind, self.options, self.operation) = (context, kind, options, operation)
    }

    /// Creates what a decoder has understood.
    ///
    /// - Parameter decode: reads what is asked for; a fault that `reader` has noted meanwhile comes before its result.
    init(
        _ reader: inout RequestReader, kind: Operation.Kind = .unknown,
        _ decode: (inout RequestReader, inout RequestOptions) throws(LLMError) -> Operation
    ) {
        var options = RequestOptions()
        do throws(LLMError) {
            let decoded = try decode(&reader, &options)
            if let error = reader.error { throw error }
            operation = .success(decoded)
            self.kind = decoded.kind
        } catch {
            operation = .failure(error)
            self.kind = kind
        }
        context = reader.context
        options.requestID = context.requestID
        self.options = options
    }

    /// Creates what is understood of a payload that is no JSON object.
    static func noObject(_ kind: Operation.Kind = .unknown, reply: String?) -> DecodedRequest {
        DecodedRequest(
            context: ReplyContext(replySubject: reply), kind: kind, options: RequestOptions(),
            operation: .failure(LLMError(.invalidJSON, "expected a JSON object in UTF-8")))
    }
}

/// The bounds of a request.
package struct RequestLimits: Sendable, Equatable {
    /// The longest message, in bytes; and the most that texts to embed may be together.
    package var messageBytes: Int
    /// The most messages in a list.
    package var messages = 512
    /// The most pictures.
    package var images: Int
    /// The largest picture, in bytes before base64.
    package var imageBytes: Int
    /// The most texts to embed.
    package var embedInputs: Int
    /// The longest time a request may ask for.
    package var timeout: Duration
    /// Who may have anything forgotten.
    package var admins: Set<String>

    /// Creates limits.
    package init(
        messageBytes: Int = 256 << 10, images: Int = 8, imageBytes: Int = 4 << 20, embedInputs: Int = 256,
        timeout: Duration = .seconds(300), admins: Set<String> = []
    ) {
        (self.messageBytes, self.images, self.imageBytes) = (messageBytes, images, imageBytes)
        (self.embedInputs, self.timeout, self.admins) = (embedInputs, timeout, admins)
    }

    /// Takes over what the section `service` says.
    package mutating func read(_ section: inout Section) {
        section.integer("max_message_bytes", &messageBytes, in: 1...(64 << 20))
        section.integer("max_images", &images, in: 0...64)
        section.integer("max_image_bytes", &imageBytes, in: 1...(64 << 20))
        section.integer("max_embed_inputs", &embedInputs, in: 1...4096)
    }
}
