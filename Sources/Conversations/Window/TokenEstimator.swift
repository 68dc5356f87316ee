import ServiceRuntime
import Synchronization

/// What is known of how models count, by model. Of so many models; the least recently asked is forgotten first.
package final class TokenEstimator: Sendable {
    /// A model at a provider.
    package struct Model: Hashable, Sendable {
        /// The provider's name.
        package let provider: String
        /// The model's id there.
        package let name: String

        /// A model.
        package init(provider: String, name: String) { (self.provider, self.name) = (provider, name) }
    }

    private let rates: Mutex<LRUTable<Model, TokenRate>>

    /// - Parameter capacity: the most models.
    package init(capacity: Int = 256) { rates = Mutex(LRUTable(capacity: capacity)) }

    /// How that model counts, as far as is known.
    package func rate(of model: Model) -> TokenRate { rates.withLock { $0.value(model) } ?? TokenRate() }

    /// A provider counted a prompt.
    ///
    /// - Parameters:
    ///   - bytes: of its messages' texts.
    ///   - messages: how many they are.
    ///   - tokens: what the provider says.
    package func learn(_ model: Model, bytes: Int, messages: Int, counted tokens: Int) {
        rates.withLock { rates in
            rates.update(model, default: TokenRate()) { $0.learn(bytes: bytes, messages: messages, counted: tokens) }
        }
    }
}
