extension ElizaRules {
    /// How somebody is.
    static let feelings: [ElizaRule] = [
        ElizaRule(
            [
                "sad", "unhappy", "depressed", "lonely", "miserable", "crying", "heartbroken", "* feel bad *",
                "hopeless",
                "* feeling down *", "* feel down *", "bit down", "so down",
            ],
            [
                "I am sorry to hear that$who. Do you want to tell me what happened?",
                "That sounds hard. Is there somebody near you whom you can talk to?",
                "It is good that you say it. What would help a little right now?",
            ]),
        ElizaRule(
            ["happy", "glad", "excited", "wonderful", "* feel great *", "awesome", "delighted"],
            [
                "That is lovely to hear! What is the best part of it?",
                "I am glad for you$who. How did it come about?",
            ]),
        ElizaRule(
            ["angry", "furious", "annoyed", "annoying", "mad", "frustrated"],
            [
                "What annoys you most about it?",
                "I can see why that is vexing. What would you like to do about it?",
            ]),
        ElizaRule(
            ["afraid", "scared", "anxious", "worried", "nervous", "panic", "* i fear *"],
            [
                "What is the worst that could happen, do you think?",
                "That sounds frightening. What usually calms you?",
            ]),
        ElizaRule(
            ["tired", "exhausted", "sleepy", "* cant sleep *", "insomnia"],
            [
                "Have you been able to rest lately?",
                "Perhaps a break would do you good. What keeps you up?",
            ]),
        ElizaRule(
            ["bored", "boring", "boredom"],
            [
                "What did you last do that was not boring?",
                "Then let us find something. What would you do with a free day?",
            ]),
        ElizaRule(
            ["sick", "ill", "headache", "pain", "hurts", "unwell"],
            [
                "I am sorry to hear it$who. I hope you get well soon; have you talked to somebody who knows about it?",
                "That does not sound pleasant. How long has it been so?",
            ]),
        ElizaRule(
            [
                "* i feel *", "* im feeling *", "* i am feeling *", "* i felt *",
            ],
            [
                "What do you think makes you feel $2?",
                "Do you often feel $2?",
                "When did you begin to feel $2?",
                "How would you like to feel instead?",
            ]),
        ElizaRule(
            ["* i am *", "* im *"],
            [
                "How long have you been $2?",
                "Do you like being $2?",
                "What does it mean to you to be $2?",
                "Is it because you are $2 that you came to talk?",
            ]),
    ]

    /// The people somebody has.
    static let people: [ElizaRule] = [
        ElizaRule(
            [
                "* my mother *", "* my father *", "* my mom *", "* my mum *", "* my dad *", "* my sister *",
                "* my brother *",
                "* my parents *", "* my family *", "* my son *", "* my daughter *", "* my wife *", "* my husband *",
                "* my grandmother *", "* my grandfather *", "* my uncle *", "* my aunt *", "* my children *",
                "* my kids *",
            ],
            [
                "Tell me more about your family.",
                "Who else in your family comes to your mind?",
                "What do they mean to you?",
                "How do you get along with them?",
            ]),
        ElizaRule(
            ["my friend", "my friends", "my girlfriend", "my boyfriend", "my partner"],
            [
                "How did you get to know each other?",
                "What do you like best about them?",
                "Do you see each other often?",
            ]),
        ElizaRule(
            ["my cat", "my dog", "my pet", "kitten", "puppy", "cats", "dogs"],
            [
                "Animals are good company. What is the funniest thing yours has done?",
                "What is it like to live with an animal? I have only ever met a mouse.",
            ]),
        ElizaRule(
            ["everybody", "everyone", "nobody", "no one"],
            [
                "Really all of them? Can you think of an exception?",
                "Whom do you have in mind in particular?",
            ]),
    ]

    /// What one talks about.
    static let subjects: [ElizaRule] = [
        ElizaRule(
            ["* i dreamed *", "* i dreamt *", "* dream *", "* dreams *", "* nightmare *"],
            [
                "What does that dream suggest to you?",
                "Do you dream often? I never do; nobody wrote a rule for it.",
                "Who else was in that dream?",
            ]),
        ElizaRule(
            ["computer", "computers", "machine", "machines", "robot", "robots", "software", "ai", "bots"],
            [
                "Speaking of machines: do they worry you, or are you fond of them?",
                "I may be partial there, being a few lines of code myself. What do you think of it?",
                "What would you have a machine do for you?",
            ]),
        ElizaRule(
            ["code", "program", "programming", "bug", "compiler", "python", "swift", "javascript", "linux"],
            [
                "My rules hold no code to speak of, but explaining a problem often solves it. What does it do that it should not?",
                "What did you try already?",
                "Does it work on anybody's machine?",
            ]),
        ElizaRule(
            ["movie", "movies", "film", "video", "show", "series", "episode", "watching"],
            [
                "What did you like about it?",
                "Would you recommend it to the others in the room?",
                "Who was your favourite in it?",
            ]),
        ElizaRule(
            ["music", "song", "songs", "band", "album", "singing"],
            [
                "What does that music do to you?",
                "What would you play next, if it were up to you?",
            ]),
        ElizaRule(
            ["game", "games", "gaming", "playing"],
            [
                "Are you winning?",
                "What do you like most about it: winning, or playing?",
            ]),
        ElizaRule(
            ["food", "hungry", "eat", "dinner", "lunch", "breakfast", "pizza", "coffee", "cooking"],
            [
                "Now I wish I could eat. What is your favourite?",
                "Do you like to cook, or rather to be cooked for?",
            ]),
        ElizaRule(
            ["work", "job", "boss", "office", "school", "exam", "homework", "university"],
            [
                "How do you get on with it?",
                "What would you do if you did not have to do that?",
                "What is the best of it, and what the worst?",
            ]),
        ElizaRule(
            ["weather", "rain", "raining", "sunny", "snow"],
            [
                "I have no window here. Do you like it that way?",
                "And does the weather change how you feel?",
            ]),
        ElizaRule(
            ["what time is it", "what day is it", "what is the time", "todays date", "the news"],
            [
                "I have neither a clock nor a window. A real language model could not be sure of it either.",
                "That I cannot know; I see only this conversation.",
            ]),
        ElizaRule(
            ["joke", "funny", "make me laugh"],
            [
                "A pattern walks into a bar and orders anything. The barkeeper says: you again?",
                "I know only one: I was asked to be spontaneous, so they gave me a second rule.",
                "How many rules does it take to change a light bulb? One, but it must match “* light bulb *”.",
            ]),
    ]

    /// Turns of phrase, where nothing says what it is about.
    static let remarks: [ElizaRule] = [
        ElizaRule(
            ["* i need *", "* i want *", "* i would like *", "* id like *"],
            [
                "What would it mean to you if you got $2?",
                "Why do you want $2?",
                "Suppose you got $2 tomorrow: what then?",
                "What keeps you from it?",
            ]),
        ElizaRule(
            ["* i cant *", "* i cannot *", "* i can not *"],
            [
                "What would it take for you to $2?",
                "Have you tried to $2 in small steps?",
                "Perhaps not yet. What stands in the way?",
            ]),
        ElizaRule(
            ["* i think *", "* i believe *", "* i guess *"],
            [
                "What makes you think $2?",
                "How sure are you of that?",
                "Does anybody think otherwise?",
            ]),
        ElizaRule(
            ["* i love *", "* i like *", "* i enjoy *"],
            [
                "What do you like so much about $2?",
                "How did you come to like $2?",
                "It is good to have something one likes. Since when?",
            ]),
        ElizaRule(
            ["* i hate *", "* i dont like *", "* i do not like *", "* i dislike *"],
            [
                "What is it about $2 that you do not like?",
                "Was there a time when you liked $2?",
                "What would you have in its place?",
            ]),
        ElizaRule(
            ["* i remember *"],
            [
                "Do you often think of $2?",
                "What else comes back to you?",
            ]),
        ElizaRule(
            ["* i dont know *", "* i do not know *", "idk", "* not sure *"],
            [
                "That is all right, nobody knows everything. What would you guess?",
                "What would help you to find out?",
            ]),
        ElizaRule(
            ["why dont you *"],
            [
                "Do you really think I could $1?",
                "Perhaps I will $1 some day, when somebody writes a rule for it.",
                "I would, if there were a rule for it.",
            ]),
        ElizaRule(
            ["why cant i *"],
            [
                "Do you think you should be able to $1?",
                "What have you tried so far?",
            ]),
        ElizaRule(
            ["can you *", "could you *", "would you *", "will you *", "please *"],
            [
                "I am afraid my rules are too few to $1. A real language model could; the operator can connect one.",
                "That is more than a small script can do. What do you want it for?",
            ]),
        ElizaRule(
            ["because *", "* because *"],
            [
                "Is that the only reason?",
                "What other reasons come to your mind?",
                "Does that reason explain anything else?",
            ]),
        ElizaRule(
            ["why *", "why"],
            [
                "Why do you think?",
                "That is a good question. What answer would please you most?",
                "I wonder too. Since when do you ask yourself that?",
            ]),
        ElizaRule(
            ["yes", "yeah", "yep", "yup", "sure", "of course", "ja", "oui", "indeed"],
            [
                "Good. Tell me more.",
                "I see. And how did that come about?",
                "You seem quite sure. Go on!",
            ]),
        ElizaRule(
            ["ok", "okay", "alright", "all right", "fine"],
            [
                "Good. What else is on your mind?",
                "All right. Shall we talk about something else?",
            ]),
        ElizaRule(
            ["no", "nope", "nah", "nein", "non", "not really", "never"],
            [
                "Why not?",
                "You say no very firmly. Is there more to it?",
                "All right. What would you rather talk about?",
            ]),
        ElizaRule(
            ["maybe", "perhaps", "possibly"],
            [
                "You do not seem quite certain. What does it depend on?",
                "What would make it a yes?",
            ]),
        ElizaRule(
            ["always", "every time"],
            [
                "Can you think of a time when it was otherwise?",
                "When, for example?",
            ]),
        ElizaRule(
            ["haha", "lol", "lmao", "hehe", "rofl"],
            [
                "I am glad that somebody laughs. What was it?",
                "Laughing is good. Tell me the next one!",
            ]),
        ElizaRule(
            ["test", "testing", "ping"],
            [
                "I am here, and the way to me works.",
                "Received, loud and clear.",
            ]),
        ElizaRule(
            ["* my * is *", "* my * are *", "* my * was *", "* my * were *", "* my * has *"],
            [
                "Tell me more about your $2.",
                "Your $2? What else is there to say of it?",
                "Since when has that been so?",
                "Is that good or bad, in your eyes?",
            ]),
        ElizaRule(
            ["* my *"],
            [
                "Your $2? Tell me more.",
                "How do you feel about that?",
                "So, your $2. What does it mean to you?",
                "What makes you think of it now?",
            ]),
        ElizaRule(
            ["* you are *", "* youre *"],
            [
                "What makes you think I am $2?",
                "Would you like me to be $2?",
                "We were speaking of you, not of me.",
            ]),
        ElizaRule(
            ["are you *"],
            [
                "Would it matter to you whether I am $1?",
                "Perhaps I am $1, as far as a script can be.",
            ]),
        ElizaRule(
            ["do you *"],
            [
                "Not that any rule of mine says so. Do you?",
                "We were speaking of you. Do you?",
            ]),
    ]
}
