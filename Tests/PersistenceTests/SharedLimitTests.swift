import Conversations
import CoreTestSupport
import LLMService
import LanguageModels
import NATSClient
import Persistence
import ServiceRuntime
import TestSupport
import Testing

@Suite("Limits that instances share") struct SharedLimitTests {
    /// One instance of the service, whose usage is in a bucket.
    private struct Instance: Sendable {
        let service: LLMService
        let bucket: StateBucket

        /// Asks as alice; whether it was answered.
        func ask() async throws -> Bool {
            do throws(LLMError) {
                _ = try await service.chat("hello", channel: "\(UInt32.random(in: 0...(.max)))", username: "alice")
                return true
            } catch {
                try #require(error.code == .rateLimited, "\(error.debugDescription)")
                return false
            }
        }
    }

    /// Runs the body with so many instances, and ends them in order.
    private func withInstances(
        _ count: Int, on server: NATSTestServer, _ limits: LimitSettings,
        _ body: @Sendable ([Instance]) async throws -> Void
    ) async throws {
        var connections: [NATSConnection] = []
        var instances: [Instance] = []
        for number in 0..<count {
            let connection = try await NATSConnection.connect(
                NATSOptions(servers: [server.url], name: "test"), onEvent: { _ in })
            let bucket = StateBucket(
                on: connection, options: NATSKeyValueOptions(bucket: "test"), instance: "i\(number)",
                time: SystemTime(), onEvent: { _ in })
            var settings = ServiceSettings()
            settings.limits = limits
            let service = LLMService(
                registry: ProviderRegistry([ScriptedProvider()]), settings: settings,
                stores: ServiceStores(usage: bucket.documents(of: Usage.self)))
            connections.append(connection)
            instances.append(Instance(service: service, bucket: bucket))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for instance in instances { group.addTask { await instance.bucket.run() } }
            // Until the bucket is open.
            for instance in instances { _ = await instance.service.usage(user: nil) }
            try await body(instances)
            for instance in instances {
                instance.service.beginShutdown()
                #expect(await instance.bucket.finish(within: .seconds(10)))
            }
            group.cancelAll()
        }
        for connection in connections { await connection.close() }
    }

    @Test func tenAMinuteAreTenForThreeInstancesAndAfterARestart() async throws {
        try await withNATSServer(jetStream: true) { server in
            var limits = LimitSettings()
            limits.user.requestsPerMinute = 10
            try await withInstances(3, on: server, limits) { instances in
                let answered = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<60 { group.addTask { try await instances[number % 3].ask() } }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(answered == 10)
                for instance in instances {
                    #expect(await instance.service.usage(user: "alice").requestsToday == 10)
                }
            }
            try await withInstances(1, on: server, limits) { instances in
                let isAnswered = try await instances[0].ask()
                #expect(!isAnswered)
            }
        }
    }

    @Test func whatIsCountedWithoutLimitsOutlivesTheProcessToo() async throws {
        try await withNATSServer(jetStream: true) { server in
            try await withInstances(2, on: server, LimitSettings()) { instances in
                for instance in instances {
                    for _ in 0..<3 {
                        let isAnswered = try await instance.ask()
                        #expect(isAnswered)
                    }
                }
            }
            try await withInstances(1, on: server, LimitSettings()) { instances in
                #expect(await instances[0].service.usage(user: "alice").requestsToday == 6)
                #expect(await instances[0].service.usage(user: nil).requestsToday == 6)
            }
        }
    }
}
