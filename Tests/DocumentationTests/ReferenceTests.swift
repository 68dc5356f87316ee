import Console
import Foundation
import JSON
import NATSClient
import Testing

/// What the documentation says of the program is what the program does.
@Suite struct ReferenceTests {
    private func help() throws -> String {
        guard case .print(let text) = try Arguments.parse(["--help"]).command else { return "" }
        return text
    }

    /// The first words of a section of the help.
    private func names(under title: String) throws -> [String] {
        try help().split(separator: "\n", omittingEmptySubsequences: false).drop { !$0.hasPrefix(title) }.dropFirst()
            .prefix { $0.hasPrefix("  ") }.compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    @Test func theHelp() throws {
        #expect(try Documentation().block("output: rosey-llm --help") == help())
    }

    @Test func theRoomsHelp() async throws {
        let reply = try await withService { connection, _ in
            try await connection.request(
                Array(#"{"command":"chat","args":["help"],"channel_id":"lobby"}"#.utf8), to: "rosey.command.chat",
                timeout: .seconds(10)
            ).payload
        }
        let text = JSONValue.parse(reply)?.object?["content"]?.string
        #expect(try Documentation().block("output: !chat help") == text.map { $0 + "\n" })
    }

    @Test(arguments: ["Environment", "Exit codes"])
    func variablesAndExitCodes(title: String) throws {
        let documentation = try Documentation()
        let names = try names(under: title)
        #expect(names.count >= 4)
        for name in names { _ = try documentation.row(name) }
    }

    /// Every key of config.json has its row, with its default.
    @Test func keys() throws {
        let file = try JSONValue(parsing: Array(Documentation.file("config.json").utf8))
        let documentation = try Documentation()
        let leaves = Self.leaves(file, "")
        #expect(leaves.count > 40)
        for (path, value) in leaves {
            let cells = try documentation.row(path)
            let isEmpty = value == .null || value == .string("")
            #expect(
                cells.contains { $0.contains("`\(Self.text(value))`") } || (isEmpty && !cells[0].isEmpty), "\(path)")
        }
        for row in documentation.rows where row.name.contains(".") && row.cells.count == 2 {
            guard let section = row.name.split(separator: ".").first, file.object?[String(section)] != nil else {
                continue
            }
            #expect(leaves.contains { $0.path == row.name }, "\(row.name) is no key")
        }
    }

    /// The codes, their numbers, and whether asking again may help, as the sources have them.
    @Test func errorCodes() throws {
        let documentation = try Documentation()
        let source = try Documentation.file("Sources/LLMService/LLMError.swift")
        let codes = source.matches(of: /= Code\("([a-z_]+)", ([0-9]+)(, retryable: true)?\)/)
        #expect(codes.count > 20)
        for code in codes {
            let cells = try documentation.row(String(code.1))
            #expect(Array(cells.prefix(2)) == [String(code.2), code.3 == nil ? "no" : "yes"], "\(code.1)")
        }
        #expect(try Documentation.file("README.md").contains("one of \(codes.count) codes"))
    }

    // MARK: Troubleshooting

    private static let places = ["log", "room", "terminal"]

    /// What the table of troubleshooting says that one sees in a place.
    private static func seen(in place: String) throws -> [String] {
        let rows = try Documentation(article: "Operators/Troubleshooting").rows.filter { $0.cells.first == place }
        #expect(rows.count > 6 && rows.allSatisfy { $0.cells.count == 3 && !$0.cells.contains("") })
        return rows.map(\.name)
    }

    @Test func everyRowHasAPlace() throws {
        let rows = try Documentation(article: "Operators/Troubleshooting").rows
        #expect(rows.allSatisfy { Self.places.contains($0.cells[0]) })
        #expect(Set(rows.map { $0.cells[0] + $0.name }).count == rows.count)
    }

    /// Entries that an operator may look for in the log are entries that can be there.
    @Test func logLines() throws {
        let targets = ["Console", "GatewayCore", "HTTPGateway", "NATSPlugin", "TraceExport", "WebChat"]
        let sources = try targets.map { try Self.sources(of: $0) }
            .joined()
            .replacing(#"\(provider.name)"#, with: "ollama")
        for line in try Self.seen(in: "log") { #expect(sources.contains("\"\(line)\""), "\(line)") }
    }

    /// What the log warns of is in the table.
    @Test func warningsAreExplained() throws {
        let targets = ["Console", "GatewayCore", "HTTPGateway", "NATSPlugin", "TraceExport", "WebChat"]
        let sources = try targets.map { try Self.sources(of: $0) }
            .joined()
        let warnings = sources.matches(of: /log\.(?:warning|error)\(\s*"([^"\\]+)"/).map { String($0.1) }
        #expect(warnings.count > 20)
        let seen = Set(try Self.seen(in: "log"))
        for warning in warnings { #expect(seen.contains(warning), "not in the table: \(warning)") }
    }

    /// What the room is said to read of a provider's failure is what it can read.
    @Test func roomSentences() throws {
        let sources = try Self.sources(of: "LanguageModels").replacing(#"\(provider.name)"#, with: "X")
            .replacing(#"\(name)"#, with: "X")
        for sentence in try Self.seen(in: "room") where !sentence.contains("phi4") {
            let known = sentence.replacing("openai", with: "X").replacing("openrouter", with: "X")
            #expect(sources.contains(known), "\(sentence)")
        }
    }

    // MARK: README

    /// The figures of the README are figures of the articles.
    @Test func figures() throws {
        let readme = try Documentation.file("README.md")
        let articles = try Documentation.files.dropFirst().map(Documentation.file).joined()
        let section = readme.split(separator: "## What it promises").last
        let promises = try #require(section?.split(separator: "\n## ").first)
        let figures = promises.matches(of: /([0-9][0-9 .]*) (?:ms|MiB|s|requests|channels)\b/).map { String($0.1) }
        #expect(figures.count >= 10)
        for figure in figures { #expect(articles.contains(figure), "\(figure)") }
    }

    @Test func linksLeadSomewhere() throws {
        let links = try Documentation.file("README.md").matches(of: /\]\((Sources[^)]*)\)/).map { String($0.1) }
        #expect(Set(links).count > 20)
        for link in links { _ = try Documentation.file(link) }
    }

    // MARK: -

    private static func sources(of target: String) throws -> String {
        let folder = Documentation.root.appending(path: "Sources/\(target)")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return try files.filter { $0.hasSuffix(".swift") }
            .map { try Documentation.file("Sources/\(target)/\($0)") }.joined()
    }

    private static func leaves(_ value: JSONValue, _ path: String) -> [(path: String, value: JSONValue)] {
        guard let object = value.object, !object.isEmpty else { return [(path, value)] }
        return object.sorted { $0.key < $1.key }.flatMap { key, value in
            leaves(value, path.isEmpty ? key : "\(path).\(path == "providers" ? "NAME" : key)")
        }
    }

    /// As it stands in a JSON file.
    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .array(let items): "[" + items.map(text).joined(separator: ", ") + "]"
        case .object: "{}"
        default:
            String(
                decoding: JSONWriter.object { $0.field("x") { $0.value(value) } }.dropFirst(5).dropLast(), as: UTF8.self
            )
        }
    }
}
