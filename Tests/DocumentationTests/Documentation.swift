import Foundation

/// The README and the catalogue's articles, as one text for the tests to read.
struct Documentation {
    /// The package's top.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let catalogue = "Sources/LLMService/LLMService.docc"

    let text: String

    /// Reads the README and all articles.
    init() throws { text = try Self.files.map(Self.file).joined(separator: "\n") }

    /// Reads one article, e.g. `Operators/Metrics`.
    init(article: String) throws { text = try Self.file("\(Self.catalogue)/\(article).md") }

    /// The paths of the README and of all articles.
    static var files: [String] {
        get throws {
            let articles = try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: catalogue).path)
            return ["README.md"] + articles.filter { $0.hasSuffix(".md") }.sorted().map { "\(catalogue)/\($0)" }
        }
    }

    /// Returns a file of the package.
    static func file(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Returns the code block after the comment `<!-- marker -->`.
    func block(_ marker: String) throws -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(of: "<!-- \(marker) -->"), lines[start + 1].hasPrefix("```") else {
            throw Missing(what: "a code block after <!-- \(marker) -->")
        }
        return lines[(start + 2)...].prefix { $0 != "```" }.joined(separator: "\n") + "\n"
    }

    /// The names of all blocks after a comment `<!-- kind: name -->`.
    func names(of kind: String) -> [String] {
        text.split(separator: "\n").filter { $0.hasPrefix("<!-- \(kind): ") }
            .map { String($0.dropFirst("<!-- \(kind): ".count).dropLast(" -->".count)) }
    }

    /// The rows of all tables whose first cell is code: what stands in it, and the other cells.
    var rows: [(name: String, cells: [String])] {
        text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
                .map { $0.trimmingCharacters(in: .whitespaces) }
            return (cells[0].trimmingCharacters(in: ["`"]), Array(cells.dropFirst()))
        }
    }

    /// Returns the one row of that name.
    func row(_ name: String) throws -> [String] {
        let found = rows.filter { $0.name == name }
        guard found.count == 1 else { throw Missing(what: "one row `\(name)`, there are \(found.count)") }
        return found[0].cells
    }

    struct Missing: Error, CustomStringConvertible {
        let what: String
        var description: String { "the documentation lacks \(what)" }
    }
}
