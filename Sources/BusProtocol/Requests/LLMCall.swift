package import JSON
import LLMService
import ServiceRuntime

/// A call on `rosey.llm.*` (documented in Calls.md), as its sender builds it.
package struct LLMCall: Sendable {
    /// What can be called, by the end of its subject.
    package enum Name: String, CaseIterable, Sendable {
        case chat, complete, summarize
        case memoryAdd = "memory.add", memoryRecall = "memory.recall"
        case personaGet = "persona.get", personaSet = "persona.set", personaList = "persona.list"
        case status, usage, models

        /// Nil where there is nothing of that name.
        package init?(subject: String) {
            self.init(rawValue: String(subject.dropFirst(Subjects.callPrefix.utf8.count)))
        }

        /// Where it is called.
        package var subject: String { Subjects.callPrefix + rawValue }
    }

    /// The function that is called.
    package var name: Name
    /// The channel that it is about, if it is about one.
    package var channel: String?
    /// Whether a channel's model is wanted along with its persona.
    package var includesModel: Bool

    /// Creates a call.
    package init(_ name: Name, channel: String? = nil, includesModel: Bool = false) {
        (self.name, self.channel, self.includesModel) = (name, channel, includesModel)
    }

    /// Returns the payload.
    package func encode() -> [UInt8] {
        JSONWriter.object { writer in
            writer.field("channel", ifSet: channel)
            if includesModel { writer.field("include_model", true) }
        }
    }

    // MARK: decoding

    /// Decodes a call, as ``Endpoint/decode(_:_:reply:limits:)``.
    package static func decode(
        _ subject: String, _ object: JSONObject?, reply: String?, limits: RequestLimits
    ) -> DecodedRequest {
        let name = Name(subject: subject)
        var reader = RequestReader(object ?? JSONObject(), reply: reply)
        reader.requestID()
        reader.replyTo()
        return DecodedRequest(&reader, kind: name?.kind ?? .unknown) { reader, options throws(LLMError) in
            guard let name else { throw LLMError(.unknownAction, "Unknown subject: \(subject.excerpt)") }
            // Whatever is in it.
            if name == .status {
                reader.fields = FieldReader([:], notesReads: false)
                return .status
            }
            if object == nil, !name.needsNothing {
                throw LLMError(.invalidJSON, "expected a JSON object in UTF-8")
            }
            return try operation(name, subject, &reader, &options, limits)
        }
    }

    private static func operation(
        _ name: Name, _ subject: String, _ reader: inout RequestReader, _ options: inout RequestOptions,
        _ limits: RequestLimits
    ) throws(LLMError) -> Operation {
        let named = reader.channel(Spelling.channelOfCalls, required: name.needsChannel)
        reader.user(Spelling.userOfCalls)
        let channel = named ?? ""
        reader.scope(subject, channel)
        switch name {
        case .chat: return .generate(try reader.work(.chat, channel: named, &options, limits))
        case .complete:
            // The field of that name is the one that is missing here.
            if reader.fields.value("message") == nil, reader.fields.value("messages") == nil {
                reader.fields.fault("messages", expected: "a list of messages", got: reader.fields.raw("messages"))
            }
            return .generate(try reader.work(.complete, channel: named, &options, limits))
        case .summarize: return .generate(try reader.work(.summarize, channel: named, &options, limits))
        case .personaGet, .personaList:
            return .personas(channel: named, includingModel: reader.fields.raw("include_model") == .bool(true))
        case .personaSet:
            return .setPersona(reader.fields.requiredString("persona", maxBytes: 128) ?? "", channel: channel)
        case .models: return .models(provider: reader.fields.string("provider", maxBytes: 128))
        case .status: return .status
        case .memoryAdd: return .memory(reader.memory(.remember, limits.admins), channel: channel)
        case .memoryRecall: return .memory(reader.memory(.recall, limits.admins), channel: channel)
        case .usage: return .usage(user: reader.context.username)
        }
    }
}

extension LLMCall.Name {
    /// Whether it is of no use without a channel.
    fileprivate var needsChannel: Bool {
        switch self {
        case .chat, .memoryAdd, .memoryRecall, .personaGet, .personaSet: true
        case .complete, .summarize, .personaList, .status, .usage, .models: false
        }
    }

    /// Whether it may come without anything to read.
    fileprivate var needsNothing: Bool { self == .status || self == .models || self == .personaList }

    /// The kind of its operation.
    fileprivate var kind: Operation.Kind {
        switch self {
        case .memoryAdd: .remember
        case .memoryRecall: .recall
        case .personaGet, .personaSet, .personaList: .persona
        case .chat, .complete, .summarize, .status, .usage, .models: Operation.Kind(rawValue: rawValue) ?? .unknown
        }
    }
}
