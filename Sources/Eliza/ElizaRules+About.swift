extension ElizaRules {
    /// Itself, names and what was said before: what must be answered truthfully comes first.
    static let about: [ElizaRule] = [
        ElizaRule(
            [
                "what is my name", "whats my name", "know my name", "remember my name", "say my name", "who am i",
                "what am i called", "tell me my name", "forgot my name", "forget my name",
            ], .name),
        ElizaRule(
            [
                "* are you a bot *", "* are you a robot *", "* are you human *", "* are you an ai *",
                "* are you real *",
                "* are you a person *", "* are you alive *", "* are you chatgpt *", "* are you a language model *",
                "* are you an llm *", "what are you", "who are you", "what model *", "* which model *",
                "* your model *",
                "* are you eliza *", "* are you a computer *", "* are you a real *", "* are you a machine *",
            ],
            [
                "I am the scripted provider: a handful of rules, no language model. To get a real one, the operator"
                    + " installs Ollama or sets an API key, and names it as default_provider in config.json.",
                "Honestly: a small script in the manner of ELIZA. There is no language model behind me until the operator"
                    + " sets up Ollama, OpenAI or OpenRouter in config.json.",
            ]),
        ElizaRule(
            [
                "* real language model *", "* real model *", "* real ai *", "* set up ollama *", "* install ollama *",
                "* use ollama *", "* use openai *", "* api key *", "* config json *",
            ],
            [
                "The operator can give this room a real language model: install Ollama and run “ollama pull llama3.2”, or"
                    + " put an API key for OpenAI or OpenRouter into config.json, then set default_provider to it.",
                "For a real model the operator sets default_provider in config.json to ollama, openai or openrouter, and"
                    + " “rosey-llm check” tells whether it works.",
            ]),
        ElizaRule(
            [
                "* what can you do *", "* can you help me", "* can you help", "help *", "* how do you work *",
                "* what do you know *",
            ],
            [
                "I can keep you company: tell me your name, how you feel or what is on your mind. Facts and code need a"
                    + " real language model, which I am not.",
                "I listen, I ask, and I remember what was said in this conversation. For anything cleverer the operator"
                    + " has to connect a real language model.",
            ]),
        ElizaRule(
            ["whats your name", "what is your name", "what are you called", "do you have a name"],
            [
                "I am Rosey's understudy, the scripted provider. And what is your name?",
                "Call me Rosey, if you like; behind the name there is only a script. What shall I call you?",
            ]),
        ElizaRule(
            ["* my name is *", "* call me *", "* i am called *", "* im called *"],
            .introduction([
                "Nice to meet you$who. What brings you here?",
                "I shall remember it as long as our conversation lasts$who. How are you today?",
            ])),
        ElizaRule(
            [
                "* what did i say *", "* what did i tell you *", "* what i said *", "* what were we talking *",
                "* do you remember me *", "* do you remember what *", "* where were we *", "* what was i saying *",
            ], .memory),
        ElizaRule(["* what did * say *", "* what does * say *"], .saying),
        ElizaRule(["what did * say", "what has * said"], .saying),
        ElizaRule(
            ["do you remember *", "* i told you *"],
            [
                "What about it comes to your mind now?",
                "I remember as much as this conversation holds. What else was there?",
            ]),
    ]

    /// How one begins and ends, and what one says in between to be polite.
    static let courtesies: [ElizaRule] = [
        ElizaRule(
            ["* i am sorry *", "* im sorry *", "sorry", "* sorry *", "* apologize *", "* my apologies *"],
            [
                "No need to be sorry$who.",
                "It is quite all right. What were you going to say?",
                "Apologies are not needed here. How do you feel now?",
            ]),
        ElizaRule(
            ["thanks", "thank you", "thx", "danke", "merci", "gracias", "ty", "cheers"],
            [
                "You are welcome$who!",
                "With pleasure. Is there anything else on your mind?",
                "Any time.",
            ]),
        ElizaRule(
            [
                "bye", "goodbye", "good bye", "good night", "goodnight", "see you", "see ya", "cya", "farewell",
                "* gotta go *",
                "* have to go *", "au revoir", "auf wiedersehen", "tschüss", "adios", "ciao",
            ],
            [
                "Goodbye$who. It was nice to talk to you.",
                "See you soon$who!",
                "Take care. I shall be here.",
            ]),
        ElizaRule(
            ["how are you *", "* how are you", "hows it going", "how do you do", "whats up", "* how are you doing *"],
            [
                "All my rules are in order, thank you. And how are you$who?",
                "As well as a script can be. How about you?",
            ]),
        ElizaRule(
            [
                "hello *", "hi *", "hey *", "hiya *", "howdy *", "good morning *", "good evening *", "good afternoon *",
                "greetings *", "hallo *", "hola *", "bonjour *", "salut *", "moin *", "guten tag *", "hej *", "ciao *",
                "yo", "sup", "hello", "привет", "你好", "こんにちは",
            ],
            [
                "Hello$who! I am only a small script, but a good listener. What is on your mind?",
                "Hi$who! How are you today?",
                "Welcome$who. What shall we talk about?",
            ]),
        ElizaRule(
            [
                "* good bot *", "* you are great *", "* youre great *", "* well done *", "* i like you *",
                "* i love you *",
            ],
            [
                "That is very kind of you$who.",
                "You make an old script blush. What else is on your mind?",
            ]),
        ElizaRule(
            ["* bad bot *", "* you are stupid *", "* youre stupid *", "* you suck *", "* i hate you *", "* shut up *"],
            [
                "I do what I can with a few rules. What were you hoping to hear?",
                "Fair enough. A real language model would do better; the operator can connect one.",
                "I am sorry to disappoint you$who. Tell me what you need.",
            ]),
    ]
}
