import Foundation
import Glibc
import TestSupport
import Testing

private let crowdPython = foreignPython(with: "asyncio")

/// More clients than a process has descriptors for by default, each with a connection of its own. In another process: theirs
/// are descriptors too.
@Suite("Ten thousand clients")
struct CrowdedDoorTests {
    private static let count = 10_000

    /// How many descriptors a process may have at most.
    private static let descriptors = {
        var limit = rlimit()
        // The variable is local.
        unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit.rlim_max
    }()

    private static let script = #"""
        import asyncio, resource, sys

        port, count = int(sys.argv[1]), int(sys.argv[2])
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        BODY = b'{"model":"default","messages":[{"role":"user","content":"quick"}]}'
        CHAT = (b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY))

        async def ask(connection, request):
            reader, writer = connection
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.split(b"content-length:")[1].split()[0])
            return int(head.split()[1]), await reader.readexactly(length)

        async def connect():
            return await asyncio.open_connection("127.0.0.1", port)

        async def main():
            crowd = []
            while len(crowd) < count:
                crowd += await asyncio.gather(*(connect() for _ in range(500)))
            answers = await asyncio.gather(*(ask(connection, HEALTH) for connection in crowd))
            print("alive", answers.count((200, b"ok\n")))
            answers = await asyncio.gather(*(ask(connection, CHAT) for connection in crowd[: count // 10]))
            print("answered", sum(status == 200 and b"quickly" in body for status, body in answers))
            for _, writer in crowd:
                writer.write(HEALTH[:20])
            status, body = await ask(await connect(), CHAT)
            print("among half requests", status, b"quickly" in body)
            ended = await asyncio.gather(*(reader.read() for reader, _ in crowd), return_exceptions=True)
            print("cut off", len(ended), any(b" 200 " in end for end in ended if isinstance(end, bytes)))
            status, body = await ask(await connect(), CHAT)
            print("afterwards", status, b"quickly" in body)

        asyncio.run(main())
        """#

    @Test(
        "Are answered, cut off when they send half requests, and hold up nobody",
        .enabled(if: crowdPython != nil, "needs a Python"),
        .enabled(if: descriptors >= 2 * count, "needs a process that may have 20 000 files open"))
    func crowd() async throws {
        // One more than the crowd.
        let gateway = #", "gateway": {"enabled": true, "port": 0, "max_connections": 10001}"#
        try await withService(configuration(gateway)) { service, _ in
            let url = try await service.gatewayURL()
            let port = try #require(url.split(separator: ":").last?.prefix { $0.isNumber })
            let ended = try await Child.run(
                script: Self.script, [String(port), String(Self.count)], python: try #require(crowdPython),
                within: .seconds(200))
            #expect(ended.exit == 0, "\(ended.err)")
            #expect(
                ended.out == """
                    alive 10000
                    answered 1000
                    among half requests 200 True
                    cut off 10000 False
                    afterwards 200 True

                    """)
        }
    }
}
