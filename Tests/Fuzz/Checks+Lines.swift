@testable import LanguageModels

extension Checks {
    /// Lines are those of the plain way to find them, however the text is cut, and no more of one is kept than may be.
    static func lines(_ input: Input, _ ending: LineSplitter.Ending) throws(Broken) {
        let plain = PlainLines(input.text, ending)
        let isTooLong = (plain.lines + [plain.rest]).contains { $0.count > input.maxBytes }
        for pieces in [[input.text], input.pieces] {
            var splitter = LineSplitter(ending: ending, maxBytes: input.maxBytes)
            var lines: [[UInt8]] = []
            // Looking costs more than all else: now and then, after a part of the pieces.
            let looked = input.place % 16 == 0 ? input.place / 16 % (pieces.count + 1) : -1
            var kept = 0
            do throws(LineSplitter.LineTooLong) {
                for (index, piece) in pieces.enumerated() {
                    splitter.feed(piece)
                    while let line = try splitter.next() { lines.append(Array(line)) }
                    if index == looked { kept = Self.kept(in: splitter) }
                }
            } catch {
                try expect(isTooLong, "a line is said to be too long")
                let good = Array(plain.lines.prefix { $0.count <= input.maxBytes })
                try expect(lines == good, "the lines before the one too long are others")
                if looked >= 0 { kept = Self.kept(in: splitter) }
                try expect(kept <= input.maxBytes, "more of a line is kept than may be")
                continue
            }
            try expect(kept <= input.maxBytes, "more of a line is kept than may be")
            try expect(!isTooLong, "a line too long is taken")
            try expect(lines == plain.lines, "the lines are others")
            try expect(Array(splitter.finish() ?? []) == plain.rest, "what is left is another thing")
        }
    }

    /// Events are those of the plain way to find them, however the text is cut.
    static func events(_ input: Input) throws(Broken) {
        let plain = PlainEvents(input.text, maxBytes: input.maxBytes)
        for pieces in [[input.text], input.pieces] {
            var parser = ServerSentEventParser(maxBytes: input.maxBytes)
            var events: [ServerSentEventParser.Event] = []
            do throws(LineSplitter.LineTooLong) {
                for piece in pieces {
                    parser.feed(piece)
                    while let event = try parser.next() { events.append(event) }
                }
                while let event = try parser.finish() { events.append(event) }
            } catch {
                try expect(plain.isTooLong, "a line or an event is said to be too long")
                try expect(plain.events == events, "the events before what is too long are others")
                continue
            }
            try expect(!plain.isTooLong, "a line or an event too long is taken")
            try expect(events == plain.events, "the events are others")
        }
    }

    /// How much of a line is kept. By reflection, for it is nobody's business; the field's name is checked by its use.
    private static func kept(in splitter: LineSplitter) -> Int {
        for child in Mirror(reflecting: splitter).children where child.label == "rest" {
            if let rest = child.value as? [UInt8] { return rest.count }
        }
        return .max
    }
}

/// The lines of a whole text.
private struct PlainLines {
    var lines: [[UInt8]] = []
    var rest: [UInt8] = []

    init(_ text: [UInt8], _ ending: LineSplitter.Ending) {
        var previous: UInt8 = 0
        for byte in text {
            if byte == 0x0A, previous == 0x0D, ending == .any {
                // The second half of one end.
            } else if byte == 0x0A || byte == 0x0D && ending == .any {
                lines.append(rest)
                rest = []
            } else {
                rest.append(byte)
            }
            previous = byte
        }
    }
}

/// The events of a whole text, by the standard's words, and those that it does not have: `error:`, and bare JSON.
private struct PlainEvents {
    var events: [ServerSentEventParser.Event] = []
    var isTooLong = false

    init(_ text: [UInt8], maxBytes: Int) {
        let plain = PlainLines(text, .any)
        var name = ""
        var data: [[UInt8]] = []
        var isBare = false
        func dispatch() {
            if !data.isEmpty { events.append(.init(name: name, data: Array(data.joined(separator: [0x0A])))) }
            name = ""
            data = []
            isBare = false
        }
        func append(_ value: ArraySlice<UInt8>) -> Bool {
            let size = data.reduce(0) { $0 + $1.count } + max(0, data.count - 1)
            isTooLong = size + value.count >= maxBytes
            data.append(Array(value))
            return !isTooLong
        }
        for (index, line) in (plain.lines + (plain.rest.isEmpty ? [] : [plain.rest])).enumerated() {
            guard line.count <= maxBytes else {
                isTooLong = true
                return
            }
            let line = index == 0 && line.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(line.dropFirst(3)) : line
            if line.isEmpty {
                dispatch()
                continue
            }
            let colon = line.firstIndex(of: 0x3A) ?? line.count
            var value = line.dropFirst(colon + 1)
            if value.first == 0x20 { value = value.dropFirst() }
            switch String(decoding: line[..<colon], as: UTF8.self) {
            case "event": name = String(decoding: value.prefix(64), as: UTF8.self)
            case "data":
                if isBare { dispatch() }
                if !append(value) { return }
            case "error":
                dispatch()
                (name, isBare) = ("error", true)
                if !append(value) { return }
            default:
                if !isBare, line[0] == UInt8(ascii: "{") || line[0] == UInt8(ascii: "[") {
                    dispatch()
                    isBare = true
                }
                if isBare, !append(line[...]) { return }
            }
        }
        dispatch()
    }
}
