import CoreTestSupport
import FoundationEssentials
import Observability
import Testing

@Suite struct LogTests {
    private let lines = Recorder<[UInt8]>()

    private func log(_ format: LogFormat, level: LogLevel = .debug) -> Log {
        Log(level: level, format: format, now: { Date(timeIntervalSince1970: 1_000_000_000) }) { [lines] in
            lines.append($0)
        }
    }

    private var text: String { String(decoding: lines.all.joined(), as: UTF8.self) }

    // MARK: what is written

    @Test func textLines() {
        let log = log(.text)
        log.info("started", [.version: "1.0", .server: "127.0.0.1:4222"])
        log.warning("not quite right", [.reason: "no such thing", .detail: "", .hint: #"say "please""#])
        log.error("nothing more")
        log.debug("looks like two facts", [.subject: "a=b", .detail: #"C:\x"#, .channel: "größe"])
        #expect(
            text == #"""
                2001-09-09T01:46:40Z info started version=1.0 server=127.0.0.1:4222
                2001-09-09T01:46:40Z warning not quite right reason="no such thing" detail="" hint="say \"please\""
                2001-09-09T01:46:40Z error nothing more
                2001-09-09T01:46:40Z debug looks like two facts subject="a=b" detail=C:\x channel="größe"

                """#)
    }

    @Test func jsonLines() {
        let log = log(.json)
        log.info("started", [.requestID: "r1", .detail: #"a "b" \ c"#])
        log.error("nothing more")
        #expect(
            text == #"""
                {"time":"2001-09-09T01:46:40Z","level":"info","message":"started","request.id":"r1","detail":"a \"b\" \\ c"}
                {"time":"2001-09-09T01:46:40Z","level":"error","message":"nothing more"}

                """#)
    }

    @Test func eachEntryIsOneWrite() {
        let log = log(.text)
        for _ in 0..<3 { log.info("x", [.detail: "y"]) }
        #expect(lines.all.count == 3)
        for line in lines.all { #expect(line.last == UInt8(ascii: "\n")) }
    }

    // MARK: levels

    @Test(arguments: LogLevel.allCases, LogFormat.allCases)
    func onlyWhatMattersEnoughIsWritten(level: LogLevel, format: LogFormat) {
        let log = log(format, level: level)
        log.debug("debug")
        log.info("info")
        log.warning("warning")
        log.error("error")
        let expected = LogLevel.allCases.filter { $0 >= level }
        #expect(lines.all.count == expected.count)
        for (line, level) in zip(lines.all, expected) {
            #expect(String(decoding: line, as: UTF8.self).contains(level.rawValue))
        }
    }

    @Test func levelsAreOrdered() {
        #expect(LogLevel.allCases.sorted() == [.debug, .info, .warning, .error])
        #expect(LogLevel.debug < .error)
    }

    @Test func whatIsNotWrittenIsNotPutTogetherEither() {
        let asked = Recorder<LogLevel>()
        func facts(_ level: LogLevel) -> KeyValuePairs<LogKey, String> {
            asked.append(level)
            return [:]
        }
        let log = log(.text, level: .warning)
        log.debug("x", facts(.debug))
        log.info("x", facts(.info))
        log.warning("x", facts(.warning))
        #expect(asked.all == [.warning])
    }

    // MARK: forging

    static let evil: [String] = [
        "a\n2001-09-09T01:46:40Z error forged", "a\r\nb", "\r", "a\tb", "\u{1B}[2J\u{1B}[31mred", "\u{9B}31m",
        "bell\u{7}", "null\u{0}byte", "next\u{85}line", "line\u{2028}separator", "paragraph\u{2029}separator",
        "bidi \u{202E}desrever", "isolate \u{2066}x\u{2069}", "mark \u{200E}\u{200F}", "zero\u{200B}width\u{FEFF}",
        "\" level=error reason=\"forged", #"","level":"error","x":""#, #"ends in a backslash \"#, #"\" quoted"#,
        "del\u{7F}", "vertical\u{B}form\u{C}", "a=b", " leading", "x reason=forged", "=", "\"", "\\", "\u{AD}soft",
    ]

    private static func isForging(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    @Test(arguments: evil, LogFormat.allCases)
    func nothingFromOutsideMakesALineOfItsOwn(value: String, format: LogFormat) throws {
        log(format).info("message", [.reason: value, .channel: "last"])
        #expect(lines.all.count == 1)
        let line = text
        #expect(line.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(line.utf8.last == UInt8(ascii: "\n"))
        #expect(!line.unicodeScalars.dropLast().contains(where: Self.isForging))
    }

    @Test(arguments: evil)
    func aMachineReadsWhatWasMeant(value: String) throws {
        log(.json).info("message", [.reason: value, .channel: "last"])
        let entry = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        #expect(
            entry == [
                "time": "2001-09-09T01:46:40Z", "level": "info", "message": "message", "reason": value,
                "channel": "last",
            ])
    }

    /// Reads a line of text as a careful reader would: the facts after the message, quoted or plain.
    private static func facts(_ line: String) -> [String] {
        var facts: [String] = []
        var fact = ""
        var (isQuoted, isEscaped) = (false, false)
        for character in line.unicodeScalars {
            if character == " ", !isQuoted {
                facts.append(fact)
                fact = ""
                continue
            }
            fact.unicodeScalars.append(character)
            if isEscaped {
                isEscaped = false
            } else if character == "\\", isQuoted {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            }
        }
        return facts + [fact]
    }

    @Test(arguments: evil)
    func nothingFromOutsideMakesAFactOfItsOwn(value: String) {
        log(.text).info("message", [.reason: value, .channel: "last"])
        let facts = Self.facts(String(text.dropLast()))
        #expect(facts.count == 5, "\(facts)")
        #expect(facts.prefix(3) == ["2001-09-09T01:46:40Z", "info", "message"])
        #expect(facts.dropFirst(3).first?.hasPrefix("reason=") == true)
        #expect(facts.last == "channel=last")
    }

    /// Marks beyond U+FFFF, which turn text around or hide it, have no short escape: they become spaces.
    @Test(arguments: LogFormat.allCases)
    func hiddenTagsBecomeSpaces(format: LogFormat) {
        log(format).info("message", [.reason: "a\u{E0041}b \u{1D173}c"])
        #expect(text.contains("\"a b  c\""))
        #expect(!text.unicodeScalars.contains { $0.value > 0xFFFF })
    }

    @Test(arguments: LogFormat.allCases)
    func whatPeopleWriteStaysReadable(format: LogFormat) {
        log(format).info("message", [.channel: "日本語 😀 größe"])
        #expect(text.contains("\"日本語 😀 größe\""))
    }
}
