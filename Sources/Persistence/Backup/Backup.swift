import JSON
package import NATSClient

/// All that a bucket holds as lines of JSON, out and in again: `{"kind":"conversation","name":"lobby","record":{…}}`.
///
/// The record is as it is stored. Services may go on meanwhile.
package struct Backup: Sendable {
    /// How many records there were.
    package struct Count: Sendable, Equatable, CustomStringConvertible {
        /// Written, by kind.
        package var written: [String: Int] = [:]
        /// Those that were there already and did not change.
        package var unchanged = 0
        /// Those that are none of ours.
        package var skipped = 0

        /// None.
        package init() {}

        /// `records: 12 of kind conversation; 2 were there already`.
        package var description: String {
            let kinds = written.sorted { $0.key < $1.key }.map { "\($0.value) of kind \($0.key)" }
            var text = kinds.isEmpty ? "no records" : "records: " + kinds.joined(separator: ", ")
            if unchanged > 0 { text += "; \(unchanged) were there already" }
            if skipped > 0 { text += "; \(skipped) left out, for they are not of this program" }
            return text
        }
    }

    private let store: StateStore

    /// - Parameter store: where the records are.
    package init(_ store: StateStore) { self.store = store }

    /// Hands out a line for each record, in no order. A document with a log is one record with all that is in it.
    ///
    /// - Parameter write: takes a line without its line feed.
    package func export(_ write: ([UInt8]) -> Void) async throws(NATSError) -> Count {
        var count = Count()
        let logged = try await store.logs.keys()
        for key in logged {
            let kind = Self.identify(key)?.0
            let stored = try await store.get(key, log: kind?.logStart ?? { $0.revision })
            export(key, stored, to: &count, write)
        }
        try await store.records.values { record in
            if logged.contains(record.key) { return }
            export(record.key, StateStore.Stored(record: record), to: &count, write)
        }
        return count
    }

    private func export(
        _ key: String, _ stored: StateStore.Stored, to count: inout Count, _ write: ([UInt8]) -> Void
    ) {
        // It may be deleted at the same time.
        guard stored.record != nil || !stored.log.entries.isEmpty else { return }
        guard let (kind, name) = Self.identify(key), let bytes = kind.whole(stored, name),
            let record = JSONValue.parse(bytes)
        else {
            count.skipped += 1
            return
        }
        write(
            JSONWriter.object(capacity: bytes.count + 256) { writer in
                writer.field("kind", kind.name)
                writer.field("name", name)
                writer.field("record") { $0.value(record) }
            })
        count.written[kind.name, default: 0] += 1
    }

    private static func identify(_ key: String) -> (RecordKind, name: String)? {
        for kind in RecordKind.all {
            if let name = RecordKey.decode(key, prefix: kind.prefix) { return (kind, name) }
        }
        return nil
    }

    /// A line of a backup, checked.
    package struct Line: Sendable {
        let kind: RecordKind
        let name: String
        let record: [UInt8]

        /// Reads a line.
        ///
        /// - Throws: what is wrong with it.
        package init(_ bytes: [UInt8]) throws(RecordFault) {
            guard let object = JSONValue.parse(bytes)?.object else { throw RecordFault("it is no JSON object") }
            guard let name = object["name"]?.string, !name.isEmpty, name.utf8.count <= 300 else {
                throw RecordFault("name: expected a non-empty string of at most 300 bytes")
            }
            guard let kind = RecordKind.all.first(where: { .string($0.name) == object["kind"] }) else {
                let names = RecordKind.all.map(\.name).joined(separator: ", ")
                throw RecordFault("kind: expected one of \(names)")
            }
            guard let record = object["record"], record.object != nil else {
                throw RecordFault("record: expected an object")
            }
            var writer = JSONWriter(capacity: bytes.count)
            writer.value(record)
            if let fault = kind.fault(writer.bytes) { throw RecordFault("record: \(fault)") }
            (self.kind, self.name, self.record) = (kind, name, writer.bytes)
        }
    }

    /// Writes a line's record, made one with what is there, and has running instances read it anew.
    ///
    /// - Parameter writer: tells this write from all others.
    /// - Returns: whether it changed anything.
    package func restore(_ line: Line, writer: String, into count: inout Count) async throws {
        let key = RecordKey.encode(line.name, prefix: line.kind.prefix)
        // Whoever writes it in between has it written anew; for ever that does not happen.
        for _ in 0..<20 {
            let present = try await store.get(key, log: line.kind.logStart)
            guard let bytes = try line.kind.merged(line.record, present, line.name, writer) else {
                count.unchanged += 1
                return
            }
            do throws(NATSError) {
                if let record = present.record {
                    try await store.records.update(key, bytes, revision: record.revision)
                } else {
                    try await store.records.create(key, bytes)
                }
                count.written[line.kind.name, default: 0] += 1
                try StateNotice.send(line.name, in: store.records.bucket, over: store.records.connection)
                return
            } catch {
                guard error.code == .wrongRevision else { throw error }
            }
        }
        throw RecordFault("it is changed all the time; please try again")
    }

    /// Deletes all that a channel has, and has running instances forget it. Returns how many records that were.
    package func wipe(channel: String) async throws(NATSError) -> Int {
        var count = 0
        for kind in RecordKind.all {
            guard let name = kind.nameOfChannel(channel) else { continue }
            let key = RecordKey.encode(name, prefix: kind.prefix)
            let stored = try await store.get(key, log: kind.logStart)
            if stored.record != nil { try await store.records.delete(key) }
            if !stored.log.entries.isEmpty { try await store.logs.purge(key) }
            if stored.record != nil || !stored.log.entries.isEmpty { count += 1 }
        }
        if count > 0 { try StateNotice.send(channel, in: store.records.bucket, over: store.records.connection) }
        return count
    }
}
