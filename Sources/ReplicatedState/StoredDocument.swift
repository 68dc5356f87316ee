package import Conversations
package import JSON

/// A document that can be written down.
package protocol StoredDocument: Document {
    /// The version of its format. A record of another one is left alone, whatever it says.
    static var schema: Int { get }

    /// Writes its fields, without the ones of every record (``RecordFields``).
    func write(_ writer: inout JSONWriter)

    /// Leaves out what can be spared most easily, for a record that is larger than the server takes.
    ///
    /// - Returns: false where there is nothing left to leave out.
    mutating func shrink() -> Bool

    /// Takes over from a version that was there before what this one has not: for a backup that is brought back in.
    mutating func merge(_ present: Self)

    /// A change's size in memory, roughly, in bytes.
    static func bytes(of change: Change) -> Int

    /// Reads what ``write(_:)`` wrote; unknown fields are ignored.
    init(record: [String: JSONValue]) throws(RecordFault)
}

extension StoredDocument {
    /// A small one.
    package static func bytes(of _: Change) -> Int { 64 }
}

/// Why a record cannot be read.
package struct RecordFault: Error, CustomStringConvertible {
    /// In a few words.
    package let description: String

    /// A fault.
    package init(_ description: String) { self.description = description }

    /// The first fault of a record's fields. What stood there instead stays out: it may be what somebody said.
    init?(_ fields: FieldReader) {
        guard let fault = fields.faults.first else { return nil }
        self.init(fault.firstRange(of: ", got ").map { String(fault[..<$0.lowerBound]) } ?? fault)
    }
}
