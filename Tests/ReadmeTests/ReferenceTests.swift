import Console
import Foundation
import JSON
import NATSClient
import Testing

/// What the README says of the program is what the program does.
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
        #expect(try Readme().block("output: rosey-llm --help") == help())
    }

    @Test func theRoomsHelp() async throws {
        let reply = try await withService { connection, _ in
            try await connection.request(
                Array(#"{"command":"chat","args":["help"],"channel_id":"lobby"}"#.utf8), to: "rosey.command.chat",
                timeout: .seconds(10)
            ).payload
        }
        let text = JSONValue.parse(reply)?.object?["content"]?.string
        #expect(try Readme().block("output: !chat help") == text.map { $0 + "\n" })
    }

    @Test(arguments: ["Environment", "Exit codes"])
    func variablesAndExitCodes(title: String) throws {
        let readme = try Readme()
        let names = try names(under: title)
        #expect(names.count >= 4)
        for name in names { _ = try readme.row(name) }
    }

    /// Every key of config.json has its row, with its default.
    @Test func keys() throws {
        let file = try JSONValue(parsing: Array(Readme.file("config.json").utf8))
        let readme = try Readme()
        let leaves = Self.leaves(file, "")
        #expect(leaves.count > 40)
        for (path, value) in leaves {
            let cells = try readme.row(path)
            let isEmpty = value == .null || value == .string("")
            #expect(
                cells.contains { $0.contains("`\(Self.text(value))`") } || (isEmpty && !cells[0].isEmpty), "\(path)")
        }
        for row in readme.rows where row.name.contains(".") && row.cells.count == 2 {
            guard let section = row.name.split(separator: ".").first, file.object?[String(section)] != nil else {
                continue
            }
            #expect(leaves.contains { $0.path == row.name }, "\(row.name) is no key")
        }
    }

    /// The codes, their numbers, and whether asking again may help, as the sources have them.
    @Test func errorCodes() throws {
        let readme = try Readme()
        let source = try Readme.file("Sources/LLMService/LLMError.swift")
        let codes = source.matches(of: /= Code\("([a-z_]+)", ([0-9]+)(, retryable: true)?\)/)
        #expect(codes.count > 20)
        for code in codes {
            let cells = try readme.row(String(code.1))
            #expect(Array(cells.prefix(2)) == [String(code.2), code.3 == nil ? "no" : "yes"], "\(code.1)")
        }
    }

    /// Lines that an operator may look for in the log are lines that can be there.
    @Test func logLines() throws {
        let sources = try ["Console", "NATSPlugin", "TraceExport"].map { try Self.sources(of: $0) }.joined()
            .replacing(#"\(provider.name)"#, with: "ollama")
        let rows = try Readme().text.split(separator: "| log line |")[1].split(separator: "\n\n")[0]
            .split(separator: "\n").filter { $0.hasPrefix("| `") }
        #expect(rows.count > 6)
        for row in rows { #expect(sources.contains("\"\(row.split(separator: "`")[1])\""), "\(row)") }
    }

    /// What the room is said to read of a provider's failure is what it can read.
    @Test func roomSentences() throws {
        let sources = try Self.sources(of: "LanguageModels").replacing(#"\(provider.name)"#, with: "X")
            .replacing(#"\(name)"#, with: "X")
        let rows = try Readme().text.split(separator: "| the room reads |")[1].split(separator: "\n\n")[0]
            .split(separator: "\n").filter { $0.hasPrefix("| `") && !$0.contains("phi4") }
        #expect(rows.count > 12)
        for row in rows {
            let sentence = row.split(separator: "`")[1].replacing("openai", with: "X").replacing(
                "openrouter", with: "X")
            #expect(sources.contains(sentence), "\(row)")
        }
    }

    private static func sources(of target: String) throws -> String {
        let folder = Readme.root.appending(path: "Sources/\(target)")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return try files.filter { $0.hasSuffix(".swift") }
            .map { try Readme.file("Sources/\(target)/\($0)") }.joined()
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
