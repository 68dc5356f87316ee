import FoundationEssentials
import JSON

/// A server's list of its models: `GET /models` of the OpenAI wire, `{"data":[{"id":…}]}`, a bare list at some servers;
/// `GET /api/tags` of Ollama, `{"models":[{"name":…,"model":…}]}`.
enum ModelList {
    /// The ids, in the server's order; nil where the body is no such list.
    static func openAI(_ body: Data) -> [String]? {
        guard let value = JSONValue.parse(body), let items = value.items ?? value["data"]?.items else { return nil }
        return items.compactMap { $0["id"]?.string }
    }

    /// The names, in the server's order; nil where the body is no such list.
    static func ollama(_ body: Data) -> [String]? {
        // Null where nothing is installed, at some versions.
        guard let fields = JSONValue.parse(body)?.object, let models = fields["models"] else { return nil }
        guard let items = models == .null ? [] : models.items else { return nil }
        return items.compactMap { $0["model"]?.string ?? $0["name"]?.string }
    }
}
