/// `GET /models`: `{"data":[{"id":…}]}`, a bare list at some servers.
struct ModelList: Decodable {
    private enum Key: String, CodingKey { case data }

    let ids: [String]

    init(from decoder: any Decoder) throws {
        if let bare = try? decoder.singleValueContainer().decode([Item].self) {
            ids = bare.compactMap(\.id)
        } else {
            ids = try decoder.container(keyedBy: Key.self).decode([Item].self, forKey: .data).compactMap(\.id)
        }
    }

    private struct Item: Decodable {
        private enum Key: String, CodingKey { case id }

        let id: String?

        init(from decoder: any Decoder) throws {
            id = (try? decoder.container(keyedBy: Key.self))?.lenient(String.self, .id)
        }
    }
}
