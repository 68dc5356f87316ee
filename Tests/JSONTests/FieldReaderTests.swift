import JSON
import Testing

@Suite struct FieldReaderTests {
    private func reader(_ text: String, path: String = "") throws -> FieldReader {
        FieldReader(try #require(JSONValue.parse(Array(text.utf8))?.object), path: path)
    }

    @Test func readsEveryKind() throws {
        var reader = try reader(
            #"{"s":"x","b":true,"n":1.5,"i":3.0,"l":["a","b"],"o":{"k":null},"null":null,"a":[1]}"#)
        #expect(reader.string("s") == "x")
        #expect(reader.requiredString("s") == "x")
        #expect(reader.bool("b") == true)
        #expect(reader.number("n", in: 0...2, as: "") == 1.5)
        #expect(reader.number("i", in: 0...3, as: "") == 3)
        #expect(reader.integer("i", in: 0...3, as: "") == 3)
        #expect(reader.strings("l") == ["a", "b"])
        #expect(reader.array("a", of: "numbers") == [.integer(1)])
        #expect(reader.object("o") == ["k": .null])
        #expect(reader.string("null") == nil)
        #expect(reader.raw("null") == .null)
        #expect(reader.string("absent") == nil)
        #expect(reader.faults == [])
    }

    typealias Read = @Sendable (inout FieldReader) -> Void

    static let wrong: [(String, Read, String)] = [
        (#"{"k":1}"#, { _ = $0.string("k") }, "k: expected a string, got 1"),
        (#"{"k":"abcd"}"#, { _ = $0.string("k", maxBytes: 3) }, "k: expected at most 3 bytes, got 4"),
        (#"{"k":null}"#, { _ = $0.requiredString("k") }, "k: expected a non-empty string, got null"),
        (#"{}"#, { _ = $0.requiredString("k") }, "k: expected a non-empty string, got nothing"),
        (#"{"k":" "}"#, { _ = $0.requiredString("k") }, "k: expected a non-empty string, got a blank string"),
        (#"{"k":0}"#, { _ = $0.bool("k") }, "k: expected true or false, got 0"),
        (#"{"k":"soon"}"#, { _ = $0.number("k", in: 0...1, as: "a number") }, #"k: expected a number, got "soon""#),
        (#"{"k":2}"#, { _ = $0.number("k", in: 0...1, as: "0…1") }, "k: expected 0…1, got 2"),
        (
            #"{"k":1.5}"#, { _ = $0.integer("k", in: 0...9, as: "a whole number") },
            "k: expected a whole number, got 1.5"
        ),
        (
            #"{"k":true}"#, { _ = $0.integer("k", in: 0...9, as: "a whole number") },
            "k: expected a whole number, got true"
        ),
        (#"{"k":1e30}"#, { _ = $0.integer("k", in: 0...9, as: "a digit") }, "k: expected a digit, got 1e+30"),
        (#"{"k":"a"}"#, { _ = $0.strings("k") }, #"k: expected a list of strings, got "a""#),
        (#"{"k":["a",2]}"#, { _ = $0.strings("k") }, "k[1]: expected a string, got 2"),
        (#"{"k":["a","b"]}"#, { _ = $0.strings("k", atMost: 1) }, "k: expected at most 1 strings, got 2"),
        (#"{"k":[]}"#, { _ = $0.object("k") }, "k: expected an object, got an empty list"),
        (#"{"k":["s3cret"]}"#, { _ = $0.string("k", withheld: true) }, "k: expected a string, got a list"),
        (#"{"k":5551234}"#, { _ = $0.string("k", withheld: true) }, "k: expected a string, got a number"),
    ]

    @Test(arguments: wrong)
    func faults(text: String, read: Read, fault: String) throws {
        var reader = try reader(text)
        read(&reader)
        #expect(reader.faults == [fault])
    }

    @Test func faultsComeInOrderAndWithThePath() throws {
        var outer = try reader(#"{"a":1,"b":{"c":2}}"#)
        _ = outer.string("a")
        let part = outer.object("b")
        var inner = FieldReader(try #require(part), path: "b")
        _ = inner.bool("c")
        inner.fault("d", "is missing")
        outer.adopt(inner.faults)
        #expect(
            outer.faults == ["a: expected a string, got 1", "b.c: expected true or false, got 2", "b.d: is missing"])
    }

    @Test func knowsWhatNobodyAskedFor() throws {
        var reader = try reader(#"{"z":1,"a":null,"m":2}"#)
        _ = reader.raw("m")
        _ = reader.string("absent")
        #expect(reader.unread == ["a", "z"])
        #expect(reader.asked == ["absent", "m"])
    }
}
