import Concurrency
import Conversations
import JSON

@testable import Persistence

/// A small document: what was written into it, and a level that only rises.
struct Ledger: StoredDocument, Equatable {
    enum Change: Sendable, Equatable {
        /// A line of its own, once.
        case add(String)
        case raise(to: Int)
        /// Tells the lines there were, and wipes them.
        case wipe
    }

    var lines: [String] = []
    var level = 0

    static var keyPrefix: String { "c" }
    static var schema: Int { 1 }

    init() {}

    init(_ lines: [String], level: Int = 0) {
        self.lines = lines
        self.level = level
    }

    mutating func apply(_ change: Change) -> Step<Int> {
        switch change {
        case .add(let line):
            guard !lines.contains(line) else { return .unchanged(lines.count) }
            lines.append(line)
            return .changed(lines.count)
        case .raise(let level):
            guard level > self.level else { return .unchanged(self.level) }
            self.level = level
            return .changed(level)
        case .wipe:
            defer { lines = [] }
            return .changed(lines.count)
        }
    }

    static func combined(_ earlier: Change, _ later: Change) -> Change? {
        guard case .raise(let one) = earlier, case .raise(let other) = later else { return nil }
        return .raise(to: max(one, other))
    }

    static func bytes(of change: Change) -> Int {
        if case .add(let line) = change { line.utf8.count } else { 0 }
    }

    var bytes: Int { lines.reduce(0) { $0 + $1.utf8.count } }

    func write(_ writer: inout JSONWriter) {
        writer.field("lines") { $0.strings(lines) }
        writer.field("level", level)
    }

    mutating func merge(_: Ledger) {}

    mutating func shrink() -> Bool {
        guard lines.count > 1 else { return false }
        lines.removeFirst(lines.count / 2)
        return true
    }

    init(record: [String: JSONValue]) throws(RecordFault) {
        var fields = FieldReader(record)
        lines = fields.strings("lines") ?? []
        level = fields.integer("level", in: 0...Int.max, as: "a level") ?? 0
        if let fault = fields.faults.first { throw RecordFault(fault) }
    }
}

/// A replica with the numbers that its memory gives, and the generation that its bucket has.
struct Bench {
    private(set) var replica = Replica<Ledger>(since: 0)
    var generation = 1
    /// The time, in seconds.
    var time = 0
    private static let start = ContinuousClock.now
    private var number: UInt64 = 0

    private mutating func nextNumber() -> UInt64 {
        number += 1
        return number
    }

    var value: Ledger { replica.value }
    private var now: Replica<Ledger>.Moment {
        Replica<Ledger>.Moment(generation: generation, time: Self.start + .seconds(time))
    }
    /// However long ago it was read.
    var isFresh: Bool { isFresh(within: time) }

    /// Whether it is what was there so many seconds ago, or later.
    func isFresh(within seconds: Int) -> Bool {
        replica.isFresh(.init(generation: generation, time: Self.start + .seconds(time - seconds)))
    }

    /// What became of a change: `pending 2`, `settled 2 kept`, `settled 2`.
    mutating func add(
        _ change: Ledger.Change, awaited: Bool = true, since seconds: Int? = nil, maxPending: Int = 1000
    ) -> String {
        let earliest = Replica<Ledger>.Moment(
            generation: generation, time: Self.start + .seconds(seconds.map { time - $0 } ?? 0))
        let added = replica.add(
            change, number: nextNumber(), waiter: awaited ? WaitSlot() : nil, earliest: earliest)
        _ = replica.drop(beyond: maxPending)
        return switch added {
        case .pending(let outcome): "pending \(outcome)"
        case .settled(let outcome, let isPersisted): "settled \(outcome)" + (isPersisted ? " kept" : "")
        }
    }

    mutating func beginReading() -> Replica<Ledger>.Reading {
        replica.beginReading(number: nextNumber(), now: now)
    }

    /// The outcomes of the changes that are settled by what was found.
    @discardableResult
    mutating func finish(_ reading: Replica<Ledger>.Reading, _ found: Replica<Ledger>.Found) -> [Int] {
        replica.absorb(found, reading).map(\.outcome)
    }

    @discardableResult
    mutating func read(_ found: Replica<Ledger>.Found) -> [Int] { finish(beginReading(), found) }

    @discardableResult
    mutating func read(_ lines: [String], level: Int = 0, writer: String = "other", _ revision: UInt64) -> [Int] {
        read(.document(Ledger(lines, level: level), writer: writer, revision: revision))
    }

    /// What is to be done next: `nothing`, `read`, `write a,b over 7`.
    mutating func next(_ writer: String = "me") -> String {
        switch replica.next(writer: writer, generation: generation) {
        case .nothing: "nothing"
        case .read: "read"
        case .append: "append"
        case .write(let value, let revision, _): "write \(value.lines.joined(separator: ",")) over \(revision)"
        }
    }

    @discardableResult
    mutating func writeSucceeded(_ revision: UInt64, isWhole: Bool = true) -> [Int] {
        replica.writeSucceeded(revision: revision, now: now, number: nextNumber(), isWhole: isWhole).map(\.outcome)
    }

    mutating func writeConflicted() { replica.writeConflicted() }
    mutating func failed() { replica.writeFailed() }
    mutating func refused() { replica.writeRefused() }
    mutating func giveUp() -> [Int] { replica.giveUp().map(\.outcome) }
    mutating func forget() { replica.forget(number: nextNumber()) }
}

extension Replica.Found {
    /// Nothing is stored.
    static var nothing: Self { .document(Value(), writer: "", at: Replica<Value>.Place()) }

    /// A record.
    static func document(_ value: Value, writer: String, revision: UInt64) -> Self {
        .document(value, writer: writer, at: Replica<Value>.Place(record: revision))
    }
}

extension Replica.Moment {
    /// One moment, for tests in which no time passes.
    static var first: Self { Self(generation: 1, time: firstInstant) }
}

private let firstInstant = ContinuousClock.now
