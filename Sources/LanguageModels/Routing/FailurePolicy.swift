/// Which failure gets what: another try at the same provider, the next provider, a mark against the breaker.
///
/// | failure | same provider | next | breaker |
/// |---|---|---|---|
/// | cannot connect, lost before an answer, 408, 409, 429, 5xx | yes | yes | counts |
/// | no first token in time, silence, too long in all | no | yes | counts |
/// | key refused, credit used up | no | yes | opens at once |
/// | no such model | no | yes | no |
/// | request refused, too long | no | no | no |
/// | content withheld, cancelled | no | no | no |
/// | not an answer | no | yes | counts |
///
/// All of it holds only until a piece of the answer was handed out.
struct FailurePolicy: Equatable {
    /// What the failure is for the provider's breaker.
    enum Mark: Equatable { case counts, opens, nothing }

    /// Whether the same provider is worth asking again.
    let again: Bool
    /// Whether another provider is.
    let next: Bool
    let mark: Mark

    init(_ error: ProviderError) {
        let policy = FailurePolicy(error.code, isRetryable: error.isRetryable)
        // Another key may do better; another model or question may too.
        let isMarked = error.blamesProvider && !error.hasOtherKey
        self.init(again: policy.again, next: policy.next, isMarked ? policy.mark : .nothing)
    }

    private init(_ code: ProviderError.Code, isRetryable: Bool) {
        switch code {
        case .unavailable, .rateLimited: self.init(again: isRetryable, next: true, .counts)
        case .timeout: self.init(again: isRetryable, next: true, .counts)
        case .authentication, .quota: self.init(again: false, next: true, .opens)
        case .unknownModel: self.init(again: false, next: true, .nothing)
        case .invalidRequest, .tooLong: self.init(again: false, next: false, .nothing)
        case .contentFiltered, .cancelled: self.init(again: false, next: false, .nothing)
        default: self.init(again: false, next: true, .counts)
        }
    }

    private init(again: Bool, next: Bool, _ mark: Mark) {
        self.again = again
        self.next = next
        self.mark = mark
    }
}
