import Foundation
import TestSupport
import Testing

private let llmPython = foreignPython(with: "llm")

/// The package `llm` from PyPI, which people use in their shells.
@Suite("The command line tool llm")
struct LLMClientTests {
    private static let script = #"""
        import asyncio, llm

        model = llm.get_model("rosey")
        answer = model.prompt("quick")
        print("whole", answer.text(), answer.usage().output > 0)
        print("stream", "".join(model.prompt("quick", stream=True)))
        conversation = model.conversation()
        print("conversation", conversation.prompt("quick").text(), conversation.prompt("be quick again").text())

        async def main():
            model = llm.get_async_model("rosey")
            print("async", await model.prompt("quick").text())

        asyncio.run(main())

        try:
            print(model.prompt("quick", key="wrong").text())
        except Exception as error:
            print(type(error).__name__, error)
        """#

    @Test(
        "Knows the service by its address alone",
        .enabled(if: llmPython != nil, "llm cannot be imported: deploy/test installs it into .build/python"))
    func allOfIt() async throws {
        let gateway = #", "gateway": {"enabled": true, "port": 0, "api_keys": ["sesame"]}"#
        try await withService(configuration(gateway)) { service, _ in
            let url = try await service.gatewayURL()
            try await withTemporaryDirectory { directory in
                let model = """
                    - model_id: rosey
                      model_name: scripted/eliza
                      api_base: \(url)
                      api_key_name: rosey
                    """
                for (name, text) in [
                    ("extra-openai-models.yaml", model), ("keys.json", #"{"rosey": "sesame"}"#),
                ] {
                    try text.write(to: directory.appending(path: name), atomically: true, encoding: .utf8)
                }
                let ended = try await Child.run(
                    script: Self.script, [], python: try #require(llmPython),
                    environment: ["LLM_USER_PATH": directory.path])
                #expect(ended.exit == 0, "\(ended.err)")
                #expect(
                    ended.out == """
                        whole quickly True
                        stream quickly
                        conversation quickly quickly
                        async quickly
                        AuthenticationError Error code: 401 - Incorrect API key.

                        """)
            }
        }
    }
}
