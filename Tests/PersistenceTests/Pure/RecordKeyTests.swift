import NATSClient
import Persistence
import Testing

@Suite("How names become keys") struct RecordKeyTests {
    private static let names = [
        "lobby", "#chan", "a:b", "with some spaces", "*", ">", "a.b.c", ".", "..", "a/b", "größe", "e\u{301}", "é", "👩‍👩‍👧‍👦",
        "",
        " ", "=", "=23", "\n\0\u{7f}", "-_09AZaz", String(repeating: "x", count: 256),
        String(repeating: "ß", count: 128), String(repeating: "#", count: 256),
    ]

    @Test(arguments: names) func everyNameHasAKey(name: String) throws {
        let key = RecordKey.encode(name, prefix: "c")
        #expect(key.hasPrefix("c."))
        #expect(key.utf8.count > 2)
        let isAllowed = key.utf8.dropFirst(2).allSatisfy { byte in
            switch UInt8(byte) {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "="):
                true
            default: false
            }
        }
        #expect(isAllowed)
        let read = try #require(RecordKey.decode(key, prefix: "c"))
        #expect(Array(read.utf8) == Array(name.utf8))
    }

    @Test func noTwoNamesHaveTheSame() {
        let keys = Self.names.map { RecordKey.encode($0, prefix: "c") }
        #expect(Set(keys).count == Self.names.count)
    }

    @Test(arguments: [("lobby", "c.lobby"), ("#chan", "c.=23chan"), ("a.b", "c.a=2Eb"), ("", "c.="), ("ß", "c.=C3=9F")])
    func whatTheyLookLike(name: String, key: String) {
        #expect(RecordKey.encode(name, prefix: "c") == key)
    }

    @Test(arguments: [
        "", "c", "c.", "lobby", "C.lobby", "cc.lobby", "m.lobby", "c.a.b", "c.a/b", "c.a=", "c.a=2", "c.=2", "c.a=2g",
        "c.a=2e", "c.=61", "c.a b", "c.#", "c.=FF", "c.=C3", "c.==", "c.ß",
    ])
    func whatIsNoKeyOfOurs(key: String) {
        #expect(RecordKey.decode(key, prefix: "c") == nil)
    }

    @Test func aPrefixMayBeLonger() {
        #expect(RecordKey.decode("mem.a=23", prefix: "mem") == "a#")
        #expect(RecordKey.decode("mem.a=23", prefix: "m") == nil)
    }
}
