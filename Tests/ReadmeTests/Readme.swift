import Foundation

/// The README, as its tests read it.
struct Readme {
    /// The package's top.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    let text: String

    init() throws { text = try Self.file("README.md") }

    /// A file of the package.
    static func file(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The code block after the comment `<!-- marker -->`.
    func block(_ marker: String) throws -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(of: "<!-- \(marker) -->"), lines[start + 1].hasPrefix("```") else {
            throw Missing(what: "a code block after <!-- \(marker) -->")
        }
        return lines[(start + 2)...].prefix { $0 != "```" }.joined(separator: "\n") + "\n"
    }

    /// The rows of all tables whose first cell is code: what stands in it, and the other cells.
    var rows: [(name: String, cells: [String])] {
        text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
            return (cells[0].trimmingCharacters(in: ["`"]), Array(cells.dropFirst()))
        }
    }

    /// The one row of that name.
    func row(_ name: String) throws -> [String] {
        let found = rows.filter { $0.name == name }
        guard found.count == 1 else { throw Missing(what: "one row `\(name)`, there are \(found.count)") }
        return found[0].cells
    }

    struct Missing: Error, CustomStringConvertible {
        let what: String
        var description: String { "README.md lacks \(what)" }
    }
}
