import Conversations
import NATSClient

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
        @Sendable (_ imported: [UInt8], _ present: StateStore.Stored, _ name: String, _ writer: String)
            throws(RecordFault) -> [UInt8]?
    /// The record of all that is kept of a document; nil where that is none of ours.
    let whole: @Sendable (_ stored: StateStore.Stored, _ name: String) -> [UInt8]?
    /// Where the part of a document's log begins that is needed; nil where documents of this kind have none.
    let logStart: (@Sendable (NATSKeyValue.Entry) -> UInt64)?

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
            if present.record != nil || !present.log.entries.isEmpty {
                let old = try Self.read(Value.self, present.record?.value, present.log)
                value.merge(old)
                if value == old { return nil }
            }
            return Record.bytes(value, name: name, writer: writer)
        }
        whole = { stored, name in
            guard case .document(var value, let writer) = Self.reading(Value.self, stored.record?.value, stored.log)
            else { return nil }
            // Else as it is, with whatever fields it has.
            if let record = stored.record, stored.log.entries.isEmpty { return record.value }
            value.foldLog()
            return Record.bytes(value, name: name, writer: writer)
        }
        logStart = Record<Value>.logStart
    }

    private static func reading<Value: StoredDocument>(
        _: Value.Type, _ record: [UInt8]?, _ log: NATSKeyValue.History
    ) -> Record<Value>.Reading {
        Record<Value>.read(record, log: log.entries.map(\.value))
    }

    private static func read<Value: StoredDocument>(
        _: Value.Type, _ record: [UInt8]?, _ log: NATSKeyValue.History = .init()
    ) throws(RecordFault) -> Value {
        switch reading(Value.self, record, log) {
        case .document(let value, _): return value
        case .foreign(let reason): throw RecordFault(reason)
        }
    }
}
