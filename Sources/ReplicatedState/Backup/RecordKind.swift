import Conversations

/// A kind of record, for whoever reads and writes records of all kinds: backups.
package struct RecordKind: Sendable {
    /// As it stands in a backup.
    package let name: String
    /// As it stands before its keys.
    package let prefix: String
    /// Reads a record and says what is wrong with it, if something is.
    let fault: @Sendable ([UInt8]) -> String?
    /// The record of an imported document, made one with the one that is there. Nil where that needs no change.
    let merged:
        @Sendable (_ imported: [UInt8], _ present: [UInt8]?, _ name: String, _ writer: String) throws(RecordFault) ->
            [UInt8]?

    /// All kinds there are.
    package static let all = [
        RecordKind(Conversation.self, "conversation", prefix: "c"),
        RecordKind(MemoryBook.self, "memories", prefix: "m"),
        RecordKind(Usage.self, "usage", prefix: "u") { "channel \($0)" },
    ]

    /// What a channel's document of this kind is called; nil where channels have none.
    let nameOfChannel: @Sendable (String) -> String?

    private init<Value: StoredDocument & Equatable>(
        _: Value.Type, _ name: String, prefix: String, nameOfChannel: @escaping @Sendable (String) -> String? = { $0 }
    ) {
        self.name = name
        self.prefix = prefix
        self.nameOfChannel = nameOfChannel
        fault = { bytes in
            guard case .foreign(let reason) = Record<Value>.read(bytes) else { return nil }
            return reason
        }
        merged = { imported, present, name, writer throws(RecordFault) in
            var value = try Self.read(Value.self, imported)
            guard let present else { return Record.bytes(value, name: name, writer: writer) }
            let old = try Self.read(Value.self, present)
            value.merge(old)
            return value == old ? nil : Record.bytes(value, name: name, writer: writer)
        }
    }

    private static func read<Value: StoredDocument>(_: Value.Type, _ bytes: [UInt8]) throws(RecordFault) -> Value {
        switch Record<Value>.read(bytes) {
        case .document(let value, _): return value
        case .foreign(let reason): throw RecordFault(reason)
        }
    }
}
