import FoundationEssentials
import JSON
import ServiceRuntime

/// A private nats-server with JetStream, on loopback, on a free port; gone with this process.
struct EmbeddedNATS: Sendable {
    /// Where it listens.
    let url: String
    private let process: ChildProcess
    private let folder: URL

    /// Starts one, and waits until it listens.
    static func start() async throws(CommandFailure) -> EmbeddedNATS {
        let folder = FileManager.default.temporaryDirectory.appending(path: "rosey-llm-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure(
                .unavailable, "no folder can be made in \(FileManager.default.temporaryDirectory.path)")
        }
        do {
            let process = try ChildProcess.start(
                "nats-server",
                ["-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", folder.path, "-js", "-sd", folder.path])
            let url = try await firstURL(in: folder, of: process)
            return EmbeddedNATS(url: url, process: process, folder: folder)
        } catch {
            try? FileManager.default.removeItem(at: folder)
            throw CommandFailure(.unavailable, "\(error) Debian has it as the package nats-server.")
        }
    }

    /// Ends it, and removes what it wrote.
    func stop() async {
        await process.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    /// The server writes its ports into a file once it listens.
    private static func firstURL(in folder: URL, of process: ChildProcess) async throws -> String {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            if let name = names.first(where: { $0.hasSuffix(".ports") }),
                let bytes = try? Data(contentsOf: folder.appending(path: name)),
                case .array(let urls)? = JSONValue.parse(bytes)?.object?["nats"], let url = urls.first?.string
            {
                return url
            }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        await process.stop()
        throw CommandFailure(.unavailable, "nats-server did not start.")
    }
}
