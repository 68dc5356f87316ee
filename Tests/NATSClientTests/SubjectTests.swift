import NATSClient
import Testing

@Suite struct SubjectTests {
    @Test(arguments: [
        ("a", true), ("a.b.c", true), ("$SRV.PING", true), ("grüße.1", true), ("a-b_c=/d", true), ("", false),
        (".", false), (".a", false), ("a.", false), ("a..b", false), ("a b", false), ("a\tb", false),
        ("a\r\nb", false), ("a\0b", false), ("a\u{7F}", false), ("a.*", false), (">", false), ("a*", false),
        (String(repeating: "x", count: 256), true), (String(repeating: "x", count: 257), false),
    ])
    func replies(subject: String, isValid: Bool) { #expect(NATSSubject.isValid(subject) == isValid) }

    @Test("may be longer to publish on, for other subjects are made part of some")
    func publishing() {
        #expect(NATSSubject.isPublishable(String(repeating: "x", count: 1024)))
        #expect(!NATSSubject.isPublishable(String(repeating: "x", count: 1025)))
        #expect(!NATSSubject.isPublishable("a..b"))
    }

    @Test(arguments: [
        ("a", true), ("*", true), (">", true), ("a.*.c", true), ("a.>", true), ("*.*", true), ("", false),
        ("a.", false), ("a..b", false), (">.a", false), ("a.>.b", false), ("a*", false), ("a.b>", false),
        ("a b", false), ("a\n", false), (String(repeating: "x", count: 257), false),
    ])
    func subscribing(pattern: String, isValid: Bool) { #expect(NATSSubject.isValidPattern(pattern) == isValid) }

    @Test func inboxesAreValidAndDiffer() {
        let inboxes = (0..<1000).map { _ in NATSSubject.newInbox(prefix: "_INBOX") }
        #expect(inboxes.allSatisfy { NATSSubject.isValid($0) && $0.hasPrefix("_INBOX.") })
        #expect(Set(inboxes).count == inboxes.count)
    }
}
