import Foundation
import Synchronization
import TestSupport
import Testing

@Suite("Clients of services and agents that are not ours")
struct ForeignAgentTests {
    private static let python = foreignPython(with: "nats, synadia_ai.agents")

    private static let agents = #"""
        import asyncio, sys, nats
        from synadia_ai.agents import Agents, DiscoverFilter, Envelope, ProtocolError, ResponseChunk, StatusChunk
        from synadia_ai.agents.discovery import ping_instance

        async def main():
            nc = await nats.connect(sys.argv[1])
            agents = Agents(nc=nc)
            found = await agents.discover()
            ids = sorted(agent.instance_id for agent in found)
            print("found", len(found), len(set(ids)))
            agent = (await agents.discover(filter=DiscoverFilter(agent="rosey", owner="crew", session_name="deck")))[0]
            print("agent", agent.agent, agent.owner, agent.session_name, agent.protocol_version, agent.prompt_subject,
                  agent.version, agent.prompt_endpoint.max_payload_bytes, agent.prompt_endpoint.attachments_ok,
                  agent.prompt_endpoint.queue_group)
            print("ping", await ping_instance(nc, ids[0]), await ping_instance(nc, "nobody"))

            async def prompt(text):
                seen = []
                async for message in agent.prompt(text, timeout=20):
                    seen.append(message)
                return seen

            for text in ["quick", Envelope(prompt="quick", more={"x": 1})]:
                seen = await prompt(text)
                print("answer", [m.status if isinstance(m, StatusChunk) else m.text for m in seen])
            seen = await prompt("a story")
            texts = [m.text for m in seen if isinstance(m, ResponseChunk)]
            print("stream", isinstance(seen[0], StatusChunk), seen[0].status, len(texts) > 1, "".join(texts))
            for text in ["fail", "   "]:
                try:
                    print(await prompt(text))
                except ProtocolError as error:
                    print("error", error)
            try:
                agent.prompt("with a file", attachments=[{"filename": "f", "content": ""}])
            except Exception as error:
                print("local", type(error).__name__)

            status = await agent.status()
            print("status", status.agent, status.owner, status.session, status.instance_id in ids, status.interval_s,
                  status.protocol_version, status.endpoints["prompt"].subject)
            await agents.close()
            await nc.close()

        asyncio.run(main())
        """#

    private static let services = #"""
        import asyncio, json, sys, nats
        from nats.micro.service import ServiceInfo, ServicePing, ServiceStats

        async def main():
            nc = await nats.connect(sys.argv[1])
            async def all(subject, count):
                inbox = nc.new_inbox()
                replies = await nc.subscribe(inbox)
                await nc.publish(subject, b"", reply=inbox)
                seen = [json.loads((await replies.next_msg(timeout=20)).data) for _ in range(count)]
                await replies.unsubscribe()
                return seen
            pings = [ServicePing.from_dict(data) for data in await all("$SRV.PING.rosey-llm", 2)]
            print("ping", len({ping.id for ping in pings}), pings[0].name, pings[0].version, pings[0].type)
            print("all", sorted(data["name"] for data in await all("$SRV.PING", 4)))
            info = ServiceInfo.from_dict(json.loads((await nc.request(f"$SRV.INFO.rosey-llm.{pings[0].id}", b"")).data))
            print("info", info.id == pings[0].id, info.type, info.description, info.endpoints[1].subject, info.endpoints[1].queue_group)
            for message in ["quick", None]:
                await nc.request("llm.request", json.dumps({"action": "complete", "message": message}).encode(), timeout=20)
            stats = [ServiceStats.from_dict(data) for data in await all("$SRV.STATS.rosey-llm", 2)]
            ends = [endpoint for one in stats for endpoint in one.endpoints if endpoint.name == "request"]
            print("stats", stats[0].type, sum(e.num_requests for e in ends), sum(e.num_errors for e in ends),
                  sum(e.processing_time for e in ends) > 0, {e.last_error for e in ends if e.last_error})
            await nc.drain()

        asyncio.run(main())
        """#

    private static let service = """
        {"default_provider": "scripted", "agents": {"owner": "crew", "name": "deck"}, "providers": {"scripted": {"rules": [
            {"pattern": "quick", "replies": ["quickly"]},
            {"pattern": "story", "replies": ["Once upon a time there was"], "chunk_size": 4},
            {"pattern": "fail", "failure": "unavailable"}
        ]}}}
        """

    /// Runs a script with the address of a server that two instances are on.
    private func lines(_ script: String, _ python: URL) async throws -> [String] {
        let output = Output()
        try await withService(Self.service) { _, server in
            try await withService(Self.service, server: server) { _, _ in
                let child = try Child(["-c", script, server.url], program: python)
                defer { child.signal(SIGKILL) }
                let seen = try await child.ended()
                #expect(seen.exit == 0, "\(seen.err)")
                output.lines.withLock { $0 = seen.out.split(separator: "\n").map(String.init) }
            }
        }
        return output.lines.withLock { $0 }
    }

    private final class Output: Sendable {
        let lines = Mutex<[String]>([])
    }

    @Test(
        "find both instances as agents, prompt one, and read its stream and its errors",
        .enabled(if: python != nil, "needs a Python with synadia-ai-agents: deploy/test installs one"))
    func agents() async throws {
        let lines = try await lines(Self.agents, try #require(Self.python))
        #expect(
            lines == [
                "found 2 2",
                "agent rosey crew deck 0.3 agents.prompt.rosey.crew.deck 0.1.0 262144 False agents",
                "ping True False", "answer ['ack', 'quickly']", "answer ['ack', 'quickly']",
                "stream True ack True Once upon a time there was",
                "error service error 500: the script says that this fails",
                "error service error 400: prompt: expected a non-empty string, got a blank string",
                "local AttachmentsNotSupportedError",
                "status rosey crew deck True 30 0.3 agents.prompt.rosey.crew.deck",
            ])
    }

    @Test(
        "find both instances as services, and read their statistics",
        .enabled(if: ForeignClientTests.python != nil, "needs a Python with nats-py: deploy/test installs one"))
    func services() async throws {
        let lines = try await lines(Self.services, try #require(ForeignClientTests.python))
        #expect(
            lines == [
                "ping 2 rosey-llm 0.1.0 io.nats.micro.v1.ping_response",
                "all ['agents', 'agents', 'rosey-llm', 'rosey-llm']",
                "info True io.nats.micro.v1.info_response language models on NATS llm.request rosey-llm",
                "stats io.nats.micro.v1.stats_response 2 1 True {'400:a field is missing or wrong'}",
            ])
    }
}
