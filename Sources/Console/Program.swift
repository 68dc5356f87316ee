import Configuration
import FoundationEssentials
import Glibc
import ServiceRuntime

package enum Program {
    package static func run() async {
        var c = Configuration()
        let args = ProcessInfo.processInfo.arguments
        if args.contains("scripted") { c.defaultProvider = "scripted" }
        if let i = args.firstIndex(of: "--nats") { c.nats.servers = [args[i + 1]] }
        if let i = args.firstIndex(of: "--base") { c.providers["ollama"]?.baseURL = args[i + 1] }
        do throws(CommandFailure) {
            try await ServeCommand(
                configuration: c, chooseProvider: false, embedNATS: args.contains("--embedded-nats"), log: Log()
            ).run()
        } catch {
            print(error)
            exit(error.code.rawValue)
        }
    }
}
