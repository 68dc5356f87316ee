import Conversations
import LanguageModels

extension LLMService {
    /// The tokens that a prompt may have; nil for any number.
    ///
    /// - Parameter answer: the most tokens of its answer, where somebody said.
    func budget(for choice: ModelChoice, leaving answer: Int?) -> TokenBudget? {
        let model = choice.tokenModel
        let set = settings.context.maxTokens(provider: model.provider, model: model.name)
        guard let window = [set, choice.provider.contextWindow].compactMap({ $0 }).min() else { return nil }
        return TokenBudget(window: window, leaving: answer, rate: estimator.rate(of: model))
    }

    /// Corrects the guess of how a model counts by what came back; where that is the count of this very prompt, whole, and
    /// of nothing else.
    @inline(never)
    func learn(from reply: Reply, to prompt: Prompt, _ excerpt: Prompt.Excerpt) {
        let (route, completion) = (prompt.route, reply.completion)
        guard let usage = completion.usage, prompt.spent == nil, !reply.isShared, !completion.isPromptCut,
            reply.provider == route.provider.name, prompt.request.images.isEmpty, prompt.request.format == nil
        else { return }
        let model = TokenEstimator.Model(provider: route.provider.name, name: route.modelName)
        estimator.learn(model, bytes: excerpt.bytes, messages: excerpt.messages + 1, counted: usage.promptTokens)
    }
}

extension ModelChoice {
    /// The model, as it is counted by.
    fileprivate var tokenModel: TokenEstimator.Model {
        TokenEstimator.Model(provider: provider.name, name: model ?? provider.defaultModel)
    }
}
