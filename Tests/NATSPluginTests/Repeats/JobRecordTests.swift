import JSON
import ServiceRuntime
import Testing

@testable import NATSPlugin

@Suite struct JobRecordTests {
    private static let now = Timestamp(milliseconds: 1_000_000)
    private static let result = JobResult(isError: false, bytes: Array("{\n}".utf8))

    private static func record(_ stage: JobRecord.Stage, silent: Int, attempts: Int = 1) -> JobRecord {
        var record = JobRecord(owner: "o", at: now + .seconds(-silent), attempts: attempts)
        record.stage = stage
        return record
    }

    @Test(arguments: [
        (record(.waiting, silent: 0), JobRecord.Verdict.run),
        (record(.waiting, silent: 0, attempts: 3), .giveUp),
        (record(.running, silent: 10), .wait(.seconds(20))),
        (record(.running, silent: 10, attempts: 3), .wait(.seconds(20))),
        // A clock that is ahead does not make anybody wait for longer.
        (record(.running, silent: -500), .wait(.seconds(30))),
        (record(.running, silent: 30), .run),
        (record(.running, silent: 30, attempts: 2), .run),
        (record(.running, silent: 30, attempts: 3), .giveUp),
        (record(.done(result, isPublished: false), silent: 1), .wait(.seconds(29))),
        (record(.done(result, isPublished: false), silent: 31, attempts: 9), .publish),
        (record(.done(result, isPublished: true), silent: 0), .over),
    ])
    func verdicts(record: JobRecord, verdict: JobRecord.Verdict) {
        #expect(record.verdict(now: Self.now, patience: .seconds(30), maxAttempts: 3) == verdict)
    }

    @Test(arguments: [
        record(.waiting, silent: 1), record(.running, silent: 2, attempts: 4),
        record(.done(result, isPublished: true), silent: 0),
        record(
            .done(
                JobResult(isError: true, bytes: [], headers: [["a", "b\"c"], ["d", "e"]], deadCode: "internal"),
                isPublished: false), silent: 0),
    ])
    func isReadAsItWasWritten(record: JobRecord) {
        #expect(JobRecord(record.bytes) == record)
        var failed = record
        failed.code = "busy"
        failed.source = JobSource(sequence: 7, time: 1_800_000_000_000_000_000, ["message": .string("m")])
        #expect(JobRecord(failed.bytes) == failed)
    }

    @Test(arguments: ["", "{}", "{}\n", #"{"v":2,"stage":"running","owner":"o","at":1,"attempts":1}"# + "\n"])
    func leavesOthersAlone(text: String) { #expect(JobRecord(Array(text.utf8)) == nil) }
}
