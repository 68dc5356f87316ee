import Configuration
import NATSClient
import ReplicatedState
import ServiceRuntime

/// `rosey-llm export`: all that is kept, as lines of JSON on standard output.
struct ExportCommand {
    let terminal: Terminal

    func run(_ configuration: Configuration) async throws(CommandFailure) {
        let terminal = terminal
        let count = try await BucketClient.with(configuration) { store throws(NATSError) in
            try await Backup(store).export { line in terminal.write(line + [UInt8(ascii: "\n")]) }
        }
        terminal.complain("exported \(count)")
    }
}
