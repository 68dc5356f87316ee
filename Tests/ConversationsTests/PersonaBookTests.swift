@testable import Conversations
import Testing

@Suite struct PersonaBookTests {
    @Test func theFourThatComeWithTheService() {
        let book = PersonaBook()
        #expect(book.names == ["default", "concise", "technical", "creative"])
        for name in book.names {
            #expect(book[name]?.name == name)
            #expect(book[name]?.prompt.isEmpty == false)
            #expect(book[name]?.prompt.contains("Rosey") == true)
        }
        #expect(Set(book.names.compactMap { book[$0]?.prompt }).count == 4)
    }

    @Test(arguments: [nil, 240])
    func theyAreToldOfTheRoom(lineLength: Int?) throws {
        let more = [Persona(name: "pirate", prompt: "Arr."), Persona(name: "concise", prompt: "Yes or no.")]
        let book = PersonaBook(adding: more, botName: "Botty", lineLength: lineLength)
        for name in ["default", "technical", "creative"] {
            let prompt = try #require(book[name]?.prompt)
            #expect(prompt.hasPrefix("You are Botty, ") && !prompt.contains("Rosey"))
            #expect(prompt.contains("in the language of the person you answer, in plain text"))
            #expect(prompt.contains("at most 240 characters") == (lineLength != nil))
            #expect(book[name]?.chatPrompt == prompt)
        }
        // One of somebody's own says what it says, and how people's messages look.
        for persona in more {
            let told = try #require(book[persona.name]?.chatPrompt)
            #expect(book[persona.name]?.prompt == persona.prompt)
            #expect(told.hasPrefix(persona.prompt + "\n\nA person's message begins with the name of who speaks"))
            #expect(told.contains("each further line of it begins with \"| \"") && !told.contains("240"))
        }
    }

    @Test func moreStandBehindThemAndReplacementsInTheirPlaces() {
        let book = PersonaBook(adding: [
            Persona(name: "pirate", prompt: "Arr."), Persona(name: "concise", prompt: "Yes or no."),
            Persona(name: "poet", prompt: "Rhyme."), Persona(name: "pirate", prompt: "Arr, again."),
        ])
        #expect(book.names == ["default", "concise", "technical", "creative", "pirate", "poet"])
        #expect(book["concise"]?.prompt == "Yes or no.")
        #expect(book["pirate"]?.prompt == "Arr, again.")
    }

    @Test(arguments: [
        ("concise", "concise"), ("CONCISE", "concise"), ("Concise", "concise"), ("PIRATE", "Pirate"),
        ("pirate", "Pirate"), ("GRÖßE", "Größe"), ("", nil), ("concise ", nil), ("nobody", nil),
    ])
    func namesMayBeCapitalisedAnyHow(asked: String, found: String?) {
        let book = PersonaBook(adding: [
            Persona(name: "Pirate", prompt: "Arr."), Persona(name: "Größe", prompt: "x"),
        ])
        #expect(book[asked]?.name == found)
    }

    @Test func theExactNameComesFirst() {
        let book = PersonaBook(adding: [Persona(name: "Default", prompt: "another")])
        #expect(book["Default"]?.prompt == "another")
        #expect(book["default"]?.prompt != "another")
        #expect(book["DEFAULT"]?.name == "default")
    }
}
