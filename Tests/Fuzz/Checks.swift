import HTTPTransport

@testable import LanguageModels

/// What must hold of every input.
enum Checks {
    /// It does not.
    struct Broken: Error { let what: String }

    static let endpoint = ProviderEndpoint(
        name: "fuzz", base: "http://127.0.0.1:9", timeouts: HTTPTimeouts(), client: .shared)

    static func run(_ input: Input) throws(Broken) {
        switch input.reader {
        case .lines:
            try lines(input, .lineFeed)
            try lines(input, .any)
        case .events: try events(input)
        case .chat, .ollama: try stream(input)
        case .json: try json(input)
        }
    }

    static func expect(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws(Broken) {
        if !condition { throw Broken(what: otherwise()) }
    }

    /// Runs `count` inputs; the first has the seed `seed`, each further one the next. Returns why the first one that fails
    /// does, and nil if none does.
    ///
    /// - Parameter before: called with the seed of an input before it is run.
    static func run(_ count: Int, seed: UInt64, before: (UInt64) -> Void = { _ in }) -> String? {
        for number in 0..<UInt64(count) {
            before(seed &+ number)
            let input = Input(seed: seed &+ number)
            do throws(Broken) { try run(input) } catch {
                return "\(input.reader), seed \(seed &+ number): \(error.what)\n"
                    + "  text:   \(hex(input.text))\n  pieces: \(input.pieces.map(hex).joined(separator: " | "))"
            }
        }
        return nil
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }
}
