import Concurrency
import FoundationEssentials
import ServiceRuntime

/// What a person sees and types. Colour only on a terminal, and none where `NO_COLOR` is set.
struct Terminal: Sendable {
    /// Whether somebody types.
    let isInteractive: Bool
    private let hasColour: Bool

    init(environment: [String: String]) {
        isInteractive = StandardInput.isTerminal && StandardOutput.isTerminal
        hasColour = StandardOutput.isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// How a text looks.
    enum Style: String {
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    /// The text in that style, where there is colour.
    func styled(_ text: String, _ style: Style) -> String {
        hasColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// Writes a line.
    func say(_ text: String) { StandardOutput.write(text + "\n") }

    /// Writes a part of a line.
    func write(_ text: String) { StandardOutput.write(text) }

    /// Writes bytes as they are.
    func write(_ bytes: [UInt8]) { StandardOutput.write(bytes) }

    /// Writes a line for whoever looks after the program, to standard error.
    func complain(_ text: String) { StandardError.write(Array("rosey-llm: \(text)\n".utf8)) }

    /// The next line of a pipe; nil at the end. Reading blocks, so it does so on a thread of its own.
    func line() async -> String? { await BlockingWork.run { readLine(strippingNewline: true) } }

    /// What a model said, made safe to show: no control character but the line feed reaches the terminal.
    func safe(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control }))
    }
}
