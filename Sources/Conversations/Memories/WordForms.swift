/// What of a word counts when it is looked for. English, for the most part.
enum WordForms {
    /// Words that are in every other sentence: what has only these in common has nothing in common.
    private static let empty: Set<String> = Set(
        """
        a about again all also am an and any anyone anything are as at be because been being but by can cannot could did do \
        does doing done don doesn didn isn aren wasn weren hasn haven hadn couldn shouldn wouldn for from get give go got had has have having he hello her here hers hey hi him his how i if in into \
        is it its just let like ll make me mine more most much my myself no nor not now of oh ok okay on one only or other \
        our ours out over please re really s say she should so some someone something such t tell than thank thanks that \
        the their theirs them then there these they thing this those to too up us ve very want was we well were what when \
        where which who whom whose why will with would yes yet you your yours d m \
        aber als auch auf aus bei bin bist das dass dem den der des du ein eine einen einer es fur habe hast ich ihr im ist \
        ja kann mein mich mir mit nein nicht noch oder sich sie sind uber um und uns von was wenn wer wie wir wo zu zum zur \
        au aux avec ce ces cette dans de elle elles en est et il ils je la le les leur lui mais moi mon nous ou par pas pour \
        que qui sa se ses sont sur te tu un une vous \
        al como del donde el ella ellos eres es esta este las lo los mas mi muy nos para pero por porque que quien se si \
        soy su sus te tu una uno y yo
        """.split(whereSeparator: \.isWhitespace).map(String.init))

    /// What of a word counts, in its place; nil where it says nothing by itself.
    static func form(_ letters: inout [UInt8]) -> String? {
        let word = String(decoding: letters, as: UTF8.self)
        if empty.contains(word) { return nil }
        let length = letters.count
        stem(&letters)
        // It never becomes another word of the same length but for its last letter.
        return letters.count == length && letters.last == word.utf8.last
            ? word : String(decoding: letters, as: UTF8.self)
    }

    /// Takes plural and the commonest endings off: `cities` and `city`, `likes` and `liking` are the same. What is left need
    /// not be a word. Only letters a to z are touched.
    private static func stem(_ letters: inout [UInt8]) {
        guard letters.count > 3, letters.allSatisfy({ 0x61...0x7A ~= $0 }) else { return }
        dropPlural(&letters)
        dropTense(&letters)
        if letters.count > 3, letters.ends(with: "e") { letters.removeLast() }
        if letters.count > 2, letters.ends(with: "y"), !isVowel(letters[letters.count - 2]) {
            letters[letters.count - 1] = UInt8(ascii: "i")
        }
    }

    private static func dropPlural(_ letters: inout [UInt8]) {
        guard letters.ends(with: "s") else { return }
        let isDouble = letters.ends(with: "sses") || letters.ends(with: "ches") || letters.ends(with: "shes")
        if letters.count > 4 && letters.ends(with: "ies") || isDouble || letters.ends(with: "xes")
            || letters.ends(with: "zes")
        {
            letters.removeLast(2)
        } else if !letters.ends(with: "ss"), !letters.ends(with: "us"), !letters.ends(with: "is") {
            letters.removeLast()
        }
    }

    private static func dropTense(_ letters: inout [UInt8]) {
        let ending = letters.ends(with: "ing") ? 3 : letters.ends(with: "ed") && !letters.ends(with: "eed") ? 2 : 0
        let rest = letters.dropLast(ending)
        guard ending > 0, rest.count > 2, rest.contains(where: isVowel) else { return }
        letters.removeLast(ending)
        // running, programmed; but telling, kissed, buzzing.
        guard let last = letters.last, last == letters[letters.count - 2], !isVowel(last) else { return }
        if last != UInt8(ascii: "l"), last != UInt8(ascii: "s"), last != UInt8(ascii: "z") { letters.removeLast() }
    }

    private static func isVowel(_ letter: UInt8) -> Bool {
        switch letter {
        case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"),
            UInt8(ascii: "y"):
            true
        default: false
        }
    }
}

extension [UInt8] {
    fileprivate func ends(with ending: String) -> Bool {
        let letters = ending.utf8
        return count >= letters.count && suffix(letters.count).elementsEqual(letters)
    }
}
