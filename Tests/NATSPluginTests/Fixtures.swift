import JSON
import LLMService

@testable import NATSPlugin

/// The object of a JSON text that a test wrote.
func object(_ text: String) -> [String: JSONValue] { JSONValue.parse(Array(text.utf8))?.object ?? [:] }

/// A text of JSON with room for a field's value: `{"action":"chat",…,"FIELD":VALUE}`.
func request(_ action: String = "chat", _ fields: String...) -> [String: JSONValue] {
    object("{" + ([#""action":"\#(action)""#] + fields).joined(separator: ",") + "}")
}

extension Result where Failure == LLMError {
    /// The failure, if it is one.
    var failure: LLMError? { if case .failure(let error) = self { error } else { nil } }
    /// The value, if there is one.
    var value: Success? { try? get() }
}
