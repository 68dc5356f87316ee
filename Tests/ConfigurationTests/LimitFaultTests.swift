import Configuration
import Testing

@Suite struct LimitFaultTests {
    @Test(arguments: [
        (
            #"{"limits": {"channel": {"requests_per_day": -1}}}"#,
            "limits.channel.requests_per_day: expected a whole number, 0 or more, got -1"
        ),
        (#"{"limits": {"exempt": ["a", " "]}}"#, "limits.exempt[1]: expected a non-empty string, got a blank string"),
        (#"{"chat": {"admins": 5}}"#, "chat.admins: expected a list of strings, got 5"),
        (
            #"{"chat": {"admins": "a", "permissions": {"reset": "admin"}}}"#,
            #"chat.permissions.reset: expected everyone or admins, got "admin" (did you mean "admins"?)"#
        ),
    ])
    func oneFaultOneLine(text: String, fault: String) throws { #expect(try faults(text) == [fault]) }
}
