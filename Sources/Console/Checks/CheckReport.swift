/// The lines of a check, and whether one of them says that the service could not do its work.
struct CheckReport {
    private let terminal: Terminal
    private let isQuiet: Bool
    private(set) var hasFault = false

    /// - Parameter isQuiet: whether only what does not work is told.
    init(_ terminal: Terminal, isQuiet: Bool) { (self.terminal, self.isQuiet) = (terminal, isQuiet) }

    /// Where something comes from.
    func source(_ text: String) { if !isQuiet { terminal.say(text) } }

    /// Something works.
    func good(_ text: String) {
        if !isQuiet { terminal.say(terminal.styled("\u{2713}", .green) + " \(terminal.safe(text))") }
    }

    /// Something works less than it could.
    func note(_ text: String) {
        if !isQuiet { terminal.say(terminal.styled("!", .yellow) + " \(terminal.safe(text))") }
    }

    /// Something does not work that the service needs.
    mutating func bad(_ text: String) {
        hasFault = true
        terminal.say(terminal.styled("\u{2717}", .red) + " \(terminal.safe(text))")
    }

    /// ``bad(_:)`` where the service needs it, else ``note(_:)``.
    mutating func fault(_ text: String, isNeeded: Bool) { if isNeeded { bad(text) } else { note(text) } }
}
