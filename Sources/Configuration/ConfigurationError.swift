/// Why a configuration cannot be used: everything that is wrong with it, at once. The process ends with 78.
package struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// One line a fault, each beginning with its place: `providers.ollama.idle_timeout: expected a number above 0, got "soon"`.
    /// A place is a path in the file, a variable of the environment, or an option. Never a secret.
    package let faults: [String]
    /// What was odd besides, one line each.
    package let warnings: [String]

    /// - Parameters:
    ///   - faults: one line each; not empty.
    ///   - warnings: one line each.
    package init(_ faults: [String], warnings: [String] = []) {
        self.faults = faults
        self.warnings = warnings
    }

    /// The faults, one a line.
    package var description: String { faults.joined(separator: "\n") }
}
