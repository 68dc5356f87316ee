import JSON
import Persistence
import ServiceRuntime
import Testing

@testable import Conversations

@Suite("How usage is written down") struct UsageRecordTests {
    private func written(_ usage: Usage) throws -> [String: JSONValue] {
        try #require(JSONValue.parse(JSONWriter.object { usage.write(&$0) })?.object)
    }

    @Test func whatIsWrittenIsRead() throws {
        var usage = Usage()
        #expect(try Usage(record: written(usage)) == usage)
        let now = Timestamp(milliseconds: 1_772_366_400_000)
        let limits = UsageLimits(requestsPerMinute: 5, tokensPerDay: 1000)
        for step in 1...4 {
            _ = usage.apply(
                .reserve(step << 40, limits, tokens: 100, now: now + .seconds(step * 30), lease: .seconds(360)))
        }
        _ = usage.apply(.note(5, requests: 0, tokens: 950, now: now))
        #expect(try Usage(record: written(usage)) == usage)
        #expect(usage.used(.tokens, now + .seconds(120)) == 1350)
    }

    /// What was told once is not told again by whoever reads it.
    @Test func whatWasToldIsWrittenToo() throws {
        var usage = Usage()
        let now = Timestamp(milliseconds: 1_772_366_400_000)
        let limits = UsageLimits(requestsPerMinute: 10)
        for step in 1...8 { _ = usage.apply(.reserve(step, limits, tokens: 0, now: now, lease: .seconds(360))) }
        var read = try Usage(record: written(usage))
        guard case .counted(_, let crossed) = read.apply(.note(9, requests: 0, tokens: 0, now: now)).outcome,
            case .counted(_, let ninth) = read.apply(.reserve(10, limits, tokens: 0, now: now, lease: .seconds(360)))
                .outcome
        else {
            Issue.record("it was refused")
            return
        }
        #expect(crossed == [])
        #expect(ninth.map(\.current) == [9])
        #expect(read.minute.count == 9)
    }

    @Test(arguments: [
        (#"{"minute":5}"#, "minute: expected an object"),
        (#"{"day":{"start":1,"count":-1}}"#, "day.count: expected a whole number from 0 on"),
        (#"{"hour":{"start":9223372036854775807}}"#, "hour.start: expected milliseconds since 1970"),
        (
            #"{"reservations":[[1,-2,3]]}"#,
            "reservations[0]: expected an id, tokens and milliseconds since 1970"
        ),
        (#"{"steps":[1,"secret"]}"#, "steps[1]: expected a whole number"),
    ])
    func whatIsNoUsageIsNotTakenForOne(text: String, fault: String) throws {
        let record = try #require(JSONValue.parse(Array(text.utf8))?.object)
        let error = #expect(throws: RecordFault.self) { try Usage(record: record) }
        #expect(error?.description == fault)
    }

    /// A backup is brought back in, where there is something already.
    @Test(arguments: [
        // The backup's day is over; so is the present one; both are of the same day.
        (0, 5, 90_000, 2, 2), (90_000, 2, 0, 5, 2), (0, 5, 0, 2, 5), (0, 2, 0, 5, 5),
    ])
    func aBackupBringsNothingBackThatWasUsedUp(
        second: Int, requests: Int, presentSecond: Int, presentRequests: Int, expected: Int
    ) {
        let now = Timestamp(milliseconds: 1_772_366_400_000)
        var (backup, present) = (Usage(), Usage())
        _ = backup.apply(.note(1, requests: requests, tokens: requests, now: now + .seconds(second)))
        _ = present.apply(
            .note(2, requests: presentRequests, tokens: presentRequests, now: now + .seconds(presentSecond)))
        backup.merge(present)
        #expect([backup.day.count, backup.tokens.count, backup.minute.count] == Array(repeating: expected, count: 3))
        #expect(backup.steps == [2])
    }

    /// What was told of in one of them is not told again.
    @Test(arguments: [(90, 0, 90), (0, 90, 90), (80, 90, 90), (90, 80, 90)])
    func aBackupTellsNothingTwice(told: Int, presentTold: Int, expected: Int) {
        let now = Timestamp(milliseconds: 1_772_366_400_000)
        var (backup, present) = (Usage(), Usage())
        _ = backup.apply(.note(1, requests: 1, tokens: 1, now: now))
        _ = present.apply(.note(2, requests: 1, tokens: 1, now: now))
        (backup.day.told, present.day.told) = (told, presentTold)
        backup.merge(present)
        #expect(backup.day.told == expected)
    }

    @Test func unknownFieldsAreNothing() throws {
        let record = try #require(JSONValue.parse(Array(#"{"mood":"good"}"#.utf8))?.object)
        #expect(try Usage(record: record) == Usage())
    }
}
