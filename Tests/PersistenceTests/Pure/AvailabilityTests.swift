import Testing

@testable import Persistence

@Suite("Whether the bucket is there") struct AvailabilityTests {
    private func opened() -> Availability {
        var availability = Availability()
        _ = availability.opened()
        return availability
    }

    @Test func atFirstNobodyKnows() {
        var availability = Availability()
        #expect(availability.isOpening && availability.isWorthWaiting && !availability.isAvailable)
        #expect(!availability.isAway)
        #expect(availability.opened() == .reportRecovery)
        #expect(availability.isAvailable && availability.isWorthWaiting && !availability.isOpening)
        #expect(availability.opened() == .nothing)
    }

    @Test func itIsNotThereFromTheBeginning() {
        var availability = Availability()
        #expect(availability.failed(refusesOnly: false) == true)
        #expect(!availability.isOpening && availability.isAway && !availability.isWorthWaiting)
        #expect(availability.failed(refusesOnly: false) == false)
        #expect(availability.opened() == .nothing)
        #expect(!availability.isWorthWaiting && availability.canRead && availability.canWrite)
        availability.didRead()
        #expect(availability.canBeTried(unwritten: 0) == .reportRecovery)
        #expect(availability.isAvailable)
    }

    @Test func itGoesAndComesBackWithTheFirstWrite() {
        var availability = opened()
        #expect(availability.failed(refusesOnly: false) == true)
        #expect(!availability.canRead && !availability.canWrite && !availability.isAvailable)
        #expect(availability.opened() == .nothing)
        availability.didRead()
        #expect(availability.canBeTried(unwritten: 3) == .tryMore)
        #expect(!availability.isWorthWaiting && availability.isAway)
        #expect(availability.didWrite() == .reportRecovery)
        #expect(availability.isAvailable && availability.isWorthWaiting)
        #expect(availability.didWrite() == .nothing)
    }

    @Test func aTryThatFailsIsNoNews() {
        var availability = opened()
        _ = availability.failed(refusesOnly: false)
        _ = availability.opened()
        #expect(availability.failed(refusesOnly: false) == false)
        #expect(!availability.canWrite)
        // Nothing was opened: nothing can be tried.
        #expect(availability.canBeTried(unwritten: 1) == .nothing)
    }

    @Test func whatRefusesCanBeRead() {
        var availability = opened()
        #expect(availability.failed(refusesOnly: true) == true)
        #expect(availability.canRead && !availability.canWrite && !availability.isWorthWaiting)
    }

    @Test func whatRefusesIsBackWhenItHasTakenAsMuchAsThereWas() {
        var availability = opened()
        _ = availability.failed(refusesOnly: true)
        // One that was under way.
        #expect(availability.didWrite() == .nothing)
        #expect(!availability.canWrite)
        for isRefusedAgain in [true, false] {
            _ = availability.opened()
            availability.didRead()
            #expect(availability.canBeTried(unwritten: 3) == .tryMore)
            #expect(availability.didWrite() == .tryMore)
            #expect(!availability.isWorthWaiting)
            guard isRefusedAgain else { continue }
            #expect(availability.failed(refusesOnly: true) == false)
        }
        #expect(availability.didWrite() == .tryMore)
        #expect(availability.didWrite() == .reportRecovery)
        #expect(availability.isAvailable)
        // And is trusted again.
        #expect(availability.failed(refusesOnly: true) == true)
    }

    @Test func nobodyWaitsForWhatIsSlow() {
        var availability = opened()
        let isNews = [availability.wasSlow(), availability.wasSlow()]
        #expect(isNews == [true, false])
        #expect(!availability.isWorthWaiting)
        #expect(availability.canWrite && !availability.isAway)
        #expect(availability.didWrite() == .nothing)
        #expect(availability.isWorthWaiting)
        // That it is away is told already.
        _ = availability.failed(refusesOnly: false)
        let isNewsAway = availability.wasSlow()
        #expect(!isNewsAway)
    }

    @Test func answersAreCounted() {
        var availability = opened()
        availability.didRead()
        #expect(availability.answers == 1 && availability.writes == 0)
        _ = availability.didWrite()
        #expect(availability.answers == 2 && availability.writes == 1)
    }

    @Test(arguments: [true, false]) func afterTheEndNothingIsTried(wasOpened: Bool) {
        var availability = wasOpened ? opened() : Availability()
        availability.end()
        #expect(!availability.canRead && !availability.canWrite && !availability.isWorthWaiting)
        #expect(!availability.isOpening && !availability.isAvailable)
    }
}
