import LanguageModels

/// The conversational set. The order is the rank: the first rule that matches a clause of the message answers.
enum ElizaRules {
    /// All rules.
    static let all = about + courtesies + feelings + people + subjects + remarks

    /// What somebody says of something of theirs.
    static let possession = WordPattern("* my *")

    /// To a message without words: `???`, a picture of a cat.
    static let wordless = [
        "I would love to know what that means in words.",
        "That says a lot, but I only understand words. What is going on?",
        "I see signs, and I wonder about the words behind them.",
    ]

    /// To a message in another script.
    static let foreign = [
        "I am only a small script and understand a little English. Could you say it in English?",
        "I can see that you wrote something, but I know only a little English, sorry.",
        "English is all that my rules are made for. A real language model would understand you.",
    ]

    /// To a question without a keyword.
    static let questions = [
        "That is a good question, and beyond my few rules. What do you think yourself?",
        "I do not know. What would be your guess?",
        "What made you ask?",
        "I could only guess, and my guesses are not worth much. Which answer would you like best?",
        "Have you asked anybody else in the room?",
    ]

    /// To everything else.
    static let onwards = [
        "Tell me more about that.",
        "I see. And what happened then?",
        "That is interesting. How did you come to it?",
        "Go on, I am listening.",
        "What does that mean to you?",
        "Why do you mention it just now?",
        "I am not sure I follow you. Could you put it another way?",
        "And how do you like that?",
    ]
}
