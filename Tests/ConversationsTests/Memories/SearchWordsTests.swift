import Testing

@testable import Conversations

@Suite("The words of a text") struct SearchWordsTests {
    @Test(
        "are small letters without accents, apart from those that say nothing",
        arguments: [
            ("Tea, please!", ["tea"]), ("", []), (" .,;!? \n", []), ("What is the time of it?", ["tim"]),
            ("GRÖSSE größe Grosse", ["gross", "gross", "gross"]), ("Ćevapčići ŁÓDŹ", ["cevapcici", "lodz"]),
            ("cafe\u{301} café CAFÉ", ["caf", "caf", "caf"]), ("Ελλάδα ΕΛΛΑΔΑ ελλαδα", ["ελλαδα", "ελλαδα", "ελλαδα"]),
            ("Ёлка елка", ["елка", "елка"]), ("Łukasz's dog's", ["lukasz", "dog"]), ("C3PO 42", ["c3po", "42"]),
            ("don't I'll we've isn't", []), ("喜欢喝茶", ["喜", "欢", "喝", "茶"]), ("お茶が好きです", ["お", "茶", "が", "好", "きです"]),
            ("ミルクティーを飲む", ["ミルクティー", "を", "飲", "む"]), ("हिन्दी भाषा", ["हिन्दी", "भाषा"]), ("שָׁלוֹם שלום", ["שלום", "שלום"]),
            ("ø æ ß", ["o", "ae", "ss"]), ("naïve_user-name@x", ["naiv", "user", "nam", "x"]), ("🍕 pizza", ["pizza"]),
        ])
    func words(text: String, words: [String]) { #expect(SearchWords.words(of: text) == words) }

    private func stem(_ word: String) -> String {
        var letters = Array(word.utf8)
        return WordForms.form(&letters) ?? ""
    }

    @Test(
        "are the same in the plural and the like",
        arguments: [
            ["tea", "teas"], ["city", "cities"], ["movie", "movies"], ["love", "loves", "loved", "loving"],
            ["box", "boxes"], ["class", "classes"], ["house", "houses"], ["run", "runs", "running"],
            ["program", "programs", "programmed", "programming"], ["study", "studies", "studied", "studying"],
            ["call", "calls", "called", "calling"], ["play", "plays", "played", "playing"], ["bus", "buses"],
            ["dish", "dishes"], ["birthday", "birthdays"], ["bake", "bakes", "baking"],
        ])
    func stems(forms: [String]) { #expect(Set(forms.map(stem)).count == 1, "\(forms.map(stem))") }

    @Test(
        "are not the same where only their ends are",
        arguments: [("king", "k"), ("red", "r"), ("thing", "th"), ("speed", "spe"), ("gas", "ga"), ("boss", "bos")])
    func distinct(word: String, other: String) { #expect(stem(word) != other) }

    @Test("are no more than are wanted")
    func most() {
        let text = (0..<1000).map { "word\($0)" }.joined(separator: " ")
        #expect(SearchWords.words(of: text, most: 3) == ["word0", "word1", "word2"])
    }
}
