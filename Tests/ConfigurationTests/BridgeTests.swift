import Configuration
import Conversations
import LLMService
import NATSPlugin
import Testing

/// The part in the bot's own bus.
@Suite struct BridgeTests {
    @Test func noneUnlessItIsWanted() throws {
        #expect(try !load("{}").configuration.bridge.isEnabled)
    }

    @Test func all() throws {
        let text =
            ##"{"bridge": {"enabled": true, "name": "Zoé_2", "mentions": true, "channel": "#x", "max_message_length": 320}}"##
        let bridge = try load(text).configuration.bridge
        #expect(bridge.isEnabled && bridge.mentions)
        #expect(bridge.name == "Zoé_2")
        #expect(bridge.channel == "#x")
        #expect(bridge.length == 320)
    }

    @Test(
        arguments: [
            ("{}", "Rosey", nil), (#"{"bridge": {"name": "Botty"}}"#, "Botty", nil),
            (#"{"bridge": {"enabled": true}}"#, "Rosey", 240), (#"{"chat": {"max_message_length": 99}}"#, "Rosey", 99),
            (
                #"{"bridge": {"enabled": true, "max_message_length": 80}, "chat": {"max_message_length": 99}}"#,
                "Rosey", 80
            ),
        ] as [(String, String, Int?)])
    func thePersonasAreToldOfTheRoom(file: String, name: String, length: Int?) throws {
        let personas = try load(file).configuration.service.personas
        #expect(personas == PersonaBook(botName: name, lineLength: length))
    }

    @Test(arguments: [
        (#""name": "two words""#, "bridge.name: expected letters, digits, - and _, at most 64, got \"two words\""),
        (#""channel": " ""#, "bridge.channel: expected a name of at most 256 bytes, got a blank string"),
        (#""max_message_length": 5"#, "bridge.max_message_length: expected a whole number from 20 to 10000, got 5"),
    ])
    func wrong(field: String, fault: String) throws { #expect(try faults(#"{"bridge": {\#(field)}}"#) == [fault]) }
}
