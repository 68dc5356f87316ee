import Foundation
import TestSupport
import Testing

/// `deploy/compose.yaml`: what of it can be tried without containers. (The image is tried by `deploy/image-test`.)
@Suite struct ComposeTests {
    private static let deploy = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../deploy")

    private static func text() throws -> String {
        try String(contentsOf: deploy.appending(path: "compose.yaml"), encoding: .utf8)
    }

    /// The text of one of the files that compose makes.
    private static func content(of name: String) throws -> String {
        let block = try #require(try text().split(separator: "  \(name):\n    content: |\n").last)
        let lines = block.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("      ") }
        return lines.map { $0.dropFirst(6) }.joined(separator: "\n").replacing("$$", with: "$")
    }

    @Test("The service takes its configuration, and the gateway lets in who has the key")
    func configuration() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "config.json")
            let text = try Self.content(of: "rosey-llm").replacing("\"0.0.0.0\"", with: "\"0.0.0.0\", \"port\": 0")
            try text.write(to: file, atomically: true, encoding: .utf8)
            try await withNATSServer { server in
                let child = try Child(
                    ["serve", "--config", file.path, "--nats", server.url], environment: ["ROSEY_LLM_KEY": "a-key"])
                defer { child.signal(SIGKILL) }
                try await child.logged("Answering HTTP server=http://0.0.0.0:")
                try await child.logged("count=1")
                #expect(!child.seen.err.contains("questionable"), "\(child.seen.err)")
            }
        }
    }

    @Test(
        "Prometheus takes its configuration and the alerts",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool"), "needs promtool"))
    func prometheus() async throws {
        try await withTemporaryDirectory { directory in
            let file = directory.appending(path: "prometheus.yml")
            let key = directory.appending(path: "key")
            try "key".write(to: key, atomically: true, encoding: .utf8)
            try Self.content(of: "prometheus").replacing("/run/secrets/rosey-llm-key", with: key.path)
                .write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.copyItem(
                at: Self.deploy.appending(path: "alerts.yml"), to: directory.appending(path: "alerts.yml"))
            try await TestProcess.run(["/usr/bin/promtool", "check", "config", file.path])
        }
    }

    @Test func filesThatAreMountedAreThere() throws {
        let mounted = try Self.text().matches(of: /"\.\/([a-z.]+):/).map { String($0.1) }
        #expect(mounted.count == 2)
        for name in mounted {
            #expect(FileManager.default.fileExists(atPath: Self.deploy.appending(path: name).path), "\(name)")
        }
    }
}
