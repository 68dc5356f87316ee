import JSON

/// The object of a JSON text that a test wrote.
func object(_ text: String) -> [String: JSONValue] { JSONValue.parse(Array(text.utf8))?.object ?? [:] }
