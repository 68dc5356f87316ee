import Foundation
import TestSupport
import Testing

private let openAIPython = foreignPython(with: "openai, nats")

/// The package `openai` from PyPI, as everybody uses it, on the program's gateway.
@Suite("OpenAI's own client")
struct OpenAIClientTests {
    private static let script = #"""
        import asyncio, json, sys, nats, openai

        url, bus = sys.argv[1], sys.argv[2]
        client = openai.OpenAI(base_url=url, api_key="sesame", max_retries=0)
        quick = [{"role": "user", "content": "quick"}]

        answer = client.chat.completions.create(model="default", messages=quick)
        print("whole", answer.object, answer.choices[0].message.content, answer.choices[0].finish_reason, answer.model)
        print("usage", answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens)

        pieces, usage = [], None
        for chunk in client.chat.completions.create(
                model="scripted/eliza", messages=quick, stream=True, stream_options={"include_usage": True}):
            pieces += [choice.delta.content or "" for choice in chunk.choices]
            usage = chunk.usage or usage
        print("stream", "".join(pieces), usage.total_tokens > 0)

        models = [model.id for model in client.models.list()]
        print("models", "scripted/eliza" in models, "gpt-3.5-turbo" in models)
        print("model", client.models.retrieve("scripted/eliza").owned_by)
        print("alias", client.chat.completions.create(model="gpt-3.5-turbo", messages=quick).choices[0].message.content)

        def failure(make):
            try:
                make()
            except openai.APIStatusError as error:
                return f"{type(error).__name__} {error.status_code} {error.code} {error.param}"

        print(failure(lambda: client.models.retrieve("none")))
        print(failure(lambda: client.chat.completions.create(model="default", messages=[])))
        print(failure(lambda: client.chat.completions.create(model="default", messages=quick, temperature=9)))
        print(failure(lambda: openai.OpenAI(base_url=url, api_key="wrong", max_retries=0).models.list()))

        async def asynchronous():
            client = openai.AsyncOpenAI(base_url=url, api_key="sesame", max_retries=0)
            answers = await asyncio.gather(
                *(client.chat.completions.create(model="default", messages=quick) for _ in range(20)))
            print("async", len(answers), {a.choices[0].message.content for a in answers})
            stream = await client.chat.completions.create(model="default", messages=quick, stream=True)
            print("async stream", "".join([c.choices[0].delta.content or "" async for c in stream]))

            nc = await nats.connect(bus)
            async def running():
                reply = await nc.request("llm.request", b'{"action":"status"}', timeout=20)
                return json.loads(reply.data)["running"]
            never = [{"role": "user", "content": "never"}]
            for streams in (False, True):
                asking = asyncio.create_task(
                    client.chat.completions.create(model="default", messages=never, stream=streams))
                while await running() == 0: pass
                asking.cancel()
                while await running() > 0: pass
                print("hung up")
            await nc.close()

        asyncio.run(asynchronous())
        """#

    private static let expected = """
        whole chat.completion quickly stop scripted/eliza
        usage True
        stream quickly True
        models True True
        model scripted
        alias quickly
        NotFoundError 404 model_not_found model
        BadRequestError 400 None messages
        BadRequestError 400 None temperature
        AuthenticationError 401 invalid_api_key None
        async 20 {'quickly'}
        async stream quickly
        hung up
        hung up

        """

    private static let gateway = #"""
        , "gateway": {"enabled": true, "port": 0, "api_keys": ["sesame"],
          "model_aliases": {"gpt-3.5-turbo": "scripted/eliza"}}
        """#

    @Test(
        "Beside the service, or in a process of its own",
        .enabled(if: openAIPython != nil, "openai cannot be imported: deploy/test installs it into .build/python"),
        arguments: [true, false])
    func allOfIt(isBeside: Bool) async throws {
        try await withService(configuration(isBeside ? Self.gateway : "")) { service, server in
            guard !isBeside else { return try await Self.check(service, server) }
            try await withTemporaryDirectory { directory in
                let file = directory.appending(path: "gateway.json")
                try configuration(Self.gateway).write(to: file, atomically: true, encoding: .utf8)
                let door = try Child(["gateway", "--config", file.path, "--nats", server.url])
                defer { door.signal(SIGKILL) }
                try await Self.check(door, server)
                door.signal(SIGTERM)
                #expect(try await door.ended().exit == 0)
            }
        }
    }

    private static func check(_ door: Child, _ server: NATSTestServer) async throws {
        let url = try await door.gatewayURL()
        let ended = try await Child.run(script: script, [url, server.url], python: try #require(openAIPython))
        #expect(ended.exit == 0, "\(ended.err)")
        #expect(ended.out == expected)
    }

    @Test("A host that everybody could reach needs keys")
    func keysAreNeeded() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "config.json")
            try configuration(#", "gateway": {"host": "0.0.0.0"}"#).write(to: file, atomically: true, encoding: .utf8)
            let ended = try await Child.run("gateway", "--config", file.path)
            #expect(ended.exit == 78)
            #expect(ended.err.contains("gateway.host: without gateway.api_keys only this machine may be let in"))
        }
    }
}
