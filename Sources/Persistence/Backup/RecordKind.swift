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
        RecordKind(Conversation.self, "conversation"),
        RecordKind(MemoryBook.self, "memories"),
        RecordKind(Usage.self, "usage") { "channel \($0)" },
    ]

    /// What a channel's document of this kind is called; nil where channels have none.
    let nameOfChannel: @Sendable (String) -> String?

    private init<Value: StoredDocument & Equatable>(
        _: Value.Type, _ name: String, nameOfChannel: @escaping @Sendable (String) -> String? = { $0 }
    ) {
        self.name = name
        prefix = Value.keyPrefix
        self.nameOfChannel = nameOfChannel
        fault = { bytes in
            do throws(RecordFault) { _ = try Record<Value>.read(bytes) } catch { return error.description }
            return nil
        }
        merged = { imported, present, name, writer throws(RecordFault) in
            var value = try Record<Value>.read(imported).value
            if present.record != nil || !present.log.entries.isEmpty {
                let old = try Record<Value>.read(present).value
                value.merge(old)
                if value == old { return nil }
            }
            return Record.bytes(value, name: name, writer: writer)
        }
        whole = { stored, name in
            guard var document = try? Record<Value>.read(stored) else { return nil }
            // Else as it is, with whatever fields it has.
            if let record = stored.record, stored.log.entries.isEmpty { return record.value }
            document.value.foldLog()
            return Record.bytes(document.value, name: name, writer: document.writer)
        }
        logStart = Record<Value>.logStart
    }
}
