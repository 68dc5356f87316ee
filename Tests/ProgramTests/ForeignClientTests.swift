import Foundation
import TestSupport
import Testing

@Suite("A client that is not ours")
struct ForeignClientTests {
    /// A Python with nats-py.
    static let python = foreignPython(with: "nats")

    private static let script = #"""
        import asyncio, json, sys, nats

        async def main():
            nc = await nats.connect(sys.argv[1])
            async def ask(subject, payload, timeout=20):
                data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
                return await nc.request(subject, data, timeout=timeout)

            reply = await ask("rosey.command.chat", {"command": "chat", "args": ["be", "quick"], "channel_id": "lobby", "username": "zoé"})
            answer = json.loads(reply.data)
            print("chat", answer["type"], answer["channel_id"], answer["content"], answer["username"], reply.headers)

            reply = await ask("llm.request", {"action": "chat", "channel_id": "lobby", "message": None})
            error = json.loads(reply.data)
            print("error", error["code"], reply.headers["Nats-Service-Error-Code"], reply.headers["Nats-Service-Error"])

            reply = await ask("llm.request", b"\xff\xfe")
            print("bytes", json.loads(reply.data)["code"], reply.headers["Nats-Service-Error-Code"])

            inbox = nc.new_inbox()
            pieces = await nc.subscribe(inbox)
            await nc.publish("llm.request", json.dumps({"action": "complete", "message": "quick", "stream": True}).encode(), reply=inbox)
            seen = []
            async for message in pieces.messages:
                if not message.data:
                    print("stream", seen[-1]["type"], "".join(m["content"] for m in seen[:-1]) == seen[-1]["content"], message.headers)
                    break
                seen.append(json.loads(message.data))

            # Of the two instances one answers each message; a member of another group gets its own copy.
            count = 0
            done = asyncio.Event()
            async def counted(message):
                nonlocal count
                count += 1
                if count == 100: done.set()
            await nc.subscribe("llm.response", "somebody-else", cb=counted)
            await nc.flush()
            for number in range(100):
                await nc.publish("llm.request", json.dumps({"action": "chat", "channel_id": f"c{number}", "message": "quick"}).encode())
            await asyncio.wait_for(done.wait(), 30)
            await ask("llm.request", {"action": "persona", "channel_id": "c"})
            await nc.flush()
            print("queue", count)
            await nc.drain()

        asyncio.run(main())
        """#

    @Test(
        "asks, shares, and sees the errors' headers",
        .enabled(if: python != nil, "needs a Python with nats-py: deploy/test installs one"))
    func natsPy() async throws {
        let python = try #require(Self.python)
        try await withService { _, server in
            try await withService(server: server) { _, _ in
                let child = try Child(["-c", Self.script, server.url], program: python)
                defer { child.signal(SIGKILL) }
                let seen = try await child.ended()
                #expect(seen.exit == 0, "\(seen.err)")
                let lines = seen.out.split(separator: "\n").map(String.init)
                #expect(
                    lines.prefix(4) == [
                        "chat llm_response lobby quickly zoé None",
                        "error invalid_request 400 message: expected a non-empty string, got null",
                        "bytes invalid_json 400", "stream llm_response True None",
                    ])
                // 100, or one more for the answer that came behind them.
                #expect(["queue 100", "queue 101"].contains(lines.last))
            }
        }
    }
}
