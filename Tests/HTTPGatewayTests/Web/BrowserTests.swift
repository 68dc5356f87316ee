import Foundation
import GatewayCore
import HTTPGateway
import ServiceRuntime
import Settings
import TestSupport
import Testing

/// The page in a real browser: Chromium, driven by Selenium.
@Suite("The page, in Chromium", .timeLimit(.minutes(10)))
struct BrowserTests {
    private static let resources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Resources")

    /// What runs the script; nil where something is missing.
    private static let python: URL? = {
        let programs = ["/usr/bin/chromium", "/usr/bin/chromedriver"]
        guard programs.allSatisfy(FileManager.default.isExecutableFile) else { return nil }
        return foreignPython(with: "selenium")
    }()

    @Test(
        "All of it, with one browser",
        .enabled(
            if: python != nil, "needs the packages chromium and chromium-driver, and selenium: see deploy/test"))
    func allOfIt() async throws {
        let python = try #require(Self.python)
        try await Stage.with(limit: .seconds(500)) { open in
            try await Stage.with(GatewaySettings().with { $0.apiKeys = [Secret("sesame")] }, limit: .seconds(500)) {
                locked in
                for stage in [open, locked] { Self.script(stage.models) }
                let urls = [open.url, locked.url]
                let ended = try await withCheckedThrowingContinuation { waiter in
                    DispatchQueue(label: "browser").async {
                        waiter.resume(
                            with: Result {
                                try Self.run(python, [Self.resources.appending(path: "page.py").path] + urls)
                            })
                    }
                }
                #expect(ended.status == 0, "\(ended.output)")
                #expect(ended.output.hasSuffix("passed: all\n"), "\(ended.output)")
            }
        }
    }

    /// What the model says. A story stops after its first words until somebody says `go on`.
    private static func script(_ models: ModelServer) {
        let told = models.when("go on", .say(["gone on"]))
        models.when("story", .say(["Once ", "upon a time", ", there was one."], told.asked))
        models.when("never", .begin("One"))
        models.when("fail", .fail(400, #"{"error":{"message":"secret"}}"#))
        let hostile = """
            <img src=x onerror="document.title='hacked'"> <script>document.title='hacked'</script>
            [x](javascript:document.title='hacked') [y](data:text/html,<script>1</script>) <b onclick="1">z</b>
            [fine](https://example.org/) <svg/onload=alert(1)>
            """
        models.when("hostile", .say([hostile]))
        let code = """
            # A program

            It is *short*, with **care** and `code`:

            ```swift
            // \(String(repeating: "A line that is longer than a phone is wide. ", count: 5))
            print("Hello, <b>world</b>!")
            ```

            1. one
            2. two
               - inner

            | a | b |
            |---|---|
            | 1 | 2 |

            > quoted
            """
        models.when("code", .say([code]))
    }

    private struct Ended: Sendable {
        let status: Int32
        let output: String
    }

    private static func run(_ program: URL, _ arguments: [String]) throws -> Ended {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Ended(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }
}
