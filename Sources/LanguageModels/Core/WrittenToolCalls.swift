import JSON

extension Completion {
    /// The same with the calls that the model wrote into its text in the place of the text: some models, and servers whose
    /// template for tools does not fit the model, know no other way. Unchanged where the text is anything else.
    ///
    /// - Parameter offer: the tools that were offered: only where all of the text calls these is it a call.
    package func readingCalls(of offer: ToolOffer) -> Completion {
        guard toolCalls.isEmpty, offer.choice?.value != .string("none"), let calls = offer.calls(in: unfenced) else {
            return self
        }
        var completion = self
        (completion.content, completion.toolCalls, completion.finishReason) = ("", calls, .toolCalls)
        return completion
    }

    /// Whether a text that begins so may be a call.
    package static func mayBeCall(_ beginning: Character) -> Bool { "{[`<".contains(beginning) }
}

extension ToolOffer {
    /// The tags that some models are trained to write around each call.
    private static let (begin, end) = ("<tool_call>", "</tool_call>")
    private static let maxCalls = 128

    /// Returns the calls that a text consists of; nil where it is anything else.
    fileprivate func calls(in text: String) -> [ToolCall]? {
        guard let written = Self.written(text), (1...Self.maxCalls).contains(written.count) else { return nil }
        let names = Set(tools.items.compactMap { $0["function"]?["name"]?.value.string })
        var calls: [ToolCall] = []
        for json in written {
            let function = json["function"] ?? json
            guard let name = function["name"]?.value.string, names.contains(name),
                let arguments = Self.arguments(function["arguments"] ?? function["parameters"])
            else { return nil }
            calls.append(ToolCall(id: ToolCall.newID(), name: name, arguments: arguments))
        }
        return calls
    }

    /// The JSON of each call: one, a list of them, or each in its tags.
    private static func written(_ text: String) -> [RawJSON]? {
        guard text.hasPrefix(begin) else {
            guard let json = RawJSON(text) else { return nil }
            return json.isObject ? [json] : json.items
        }
        var written: [RawJSON] = []
        var rest = text[...]
        while !rest.isEmpty {
            guard rest.hasPrefix(begin) else { return nil }
            rest = rest.dropFirst(begin.count)
            // The end of the text is the end of the last one as well.
            let end = rest.firstRange(of: end)
            guard let json = RawJSON(String(rest[..<(end?.lowerBound ?? rest.endIndex)])) else { return nil }
            written.append(json)
            rest = rest[(end?.upperBound ?? rest.endIndex)...].drop(while: \.isWhitespace)
        }
        return written
    }

    /// Arguments are an object, or the text of one.
    private static func arguments(_ json: RawJSON?) -> String? {
        guard let json else { return nil }
        if json.isObject { return json.text }
        guard let text = json.value.string, RawJSON(text)?.isObject == true else { return nil }
        return text
    }
}
