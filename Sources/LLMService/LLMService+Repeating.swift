import Conversations
import LanguageModels

extension LLMService {
    /// The answer of a turn that the same request made before, in this process or in one that did not get to tell of it.
    @inline(never)
    func repeated(_ turn: Turn, _ submission: Submission, _ topic: Topic) async throws(LLMError) -> Boxed<Answer> {
        let options = submission.options
        // Who it was that answered is not kept: most likely whoever would now.
        let persona = try currentPersona(options.persona, chosen: topic.persona)
        let model = options.model ?? (options.provider == nil ? topic.model ?? persona.model : nil)
        let choice = try ModelChoice(model: model, provider: options.provider, registry: registry)
        var answer = Answer(
            content: turn.answer, requestID: submission.requestID, provider: choice.provider.name,
            model: choice.model ?? choice.provider.defaultModel, persona: persona.name, finishReason: .stop,
            latency: elapsed(since: submission.arrival), attempts: 0, isCached: true)
        if let error = submission.refusal(answer) { throw error }
        try settle(submission)
        // Changes nothing, but says whether the turn is safe.
        let change = ConversationChange.add(
            turn, replacing: nil, epoch: topic.epoch, bounds: settings.conversationBounds)
        let changed = await stores.conversations.change(topic.channel, change)
        answer.context = Answer.Context(
            messages: 0, dropped: topic.departed, isPersisted: changed.isPersisted)
        return Boxed(answer)
    }
}
