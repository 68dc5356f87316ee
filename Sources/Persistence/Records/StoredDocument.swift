package import Conversations
package import JSON

/// A document that can be written down: as a record, or as a record and a log, to which some changes are added as an entry
/// each.
package protocol StoredDocument: Document {
    /// One or more letters, with which the keys of its kind and of no other begin.
    static var keyPrefix: String { get }

    /// The version of its format. A record of another one is left alone, whatever it says.
    static var schema: Int { get }

    /// Writes the fields of its record, without the ones of every record and without what is in its log.
    func write(_ writer: inout JSONWriter)

    /// Leaves out what can be spared most easily, for a record that is larger than the server takes.
    ///
    /// - Returns: false where there is nothing left to leave out.
    mutating func shrink() -> Bool

    /// Adds what the stored version has and this one has not: for a backup that is imported.
    mutating func merge(_ present: Self)

    /// A change's size in memory, roughly, in bytes.
    static func bytes(of change: Change) -> Int

    /// Reads what ``write(_:)`` wrote; unknown fields are ignored.
    init(record: [String: JSONValue]) throws(RecordFault)

    // MARK: the log

    /// Whether it has one.
    static var hasLog: Bool { get }

    /// Whether a change is an entry of the log, and leaves the record as it is.
    static func isEntry(_ change: Change) -> Bool

    /// Writes the fields of a change's entry, without the ones of every entry. The document is as the change has made it.
    func writeEntry(of change: Change, _ writer: inout JSONWriter)

    /// The change with half of its longest text, for an entry that is larger than the server takes; nil where it is short.
    static func shortened(_ change: Change) -> Change?

    /// How many entries the document had before this change, those included that have left; nil where it takes the place of
    /// another, or has left itself.
    func entryNumber(of change: Change) -> Int?

    /// How many entries have left.
    var departedEntries: Int { get }

    /// Takes up the entries of its log, the oldest first, in what its record says.
    mutating func replay(_ entries: [[String: JSONValue]]) throws(RecordFault)

    /// Has all of it written into its record, as if there were no log: for a backup.
    mutating func foldLog()
}

extension StoredDocument {
    /// A small one.
    package static func bytes(of _: Change) -> Int { 64 }

    /// None.
    package static var hasLog: Bool { false }
    /// None is.
    package static func isEntry(_: Change) -> Bool { false }
    /// There are none.
    package func writeEntry(of _: Change, _: inout JSONWriter) {}
    /// There are none.
    package static func shortened(_: Change) -> Change? { nil }
    /// There are none.
    package func entryNumber(of _: Change) -> Int? { nil }
    /// There are none.
    package var departedEntries: Int { 0 }
    /// There are none.
    package mutating func replay(_: [[String: JSONValue]]) throws(RecordFault) {}
    /// There is none.
    package mutating func foldLog() {}
}

/// Why a record cannot be read.
package struct RecordFault: Error, CustomStringConvertible {
    /// In a few words.
    package let description: String

    /// Creates a fault.
    package init(_ description: String) { self.description = description }

    /// The first fault of a record's fields. What stood there instead stays out: it may be what somebody said.
    init?(_ fields: FieldReader) {
        guard let fault = fields.faults.first else { return nil }
        self.init(fault.firstRange(of: ", got ").map { String(fault[..<$0.lowerBound]) } ?? fault)
    }
}
