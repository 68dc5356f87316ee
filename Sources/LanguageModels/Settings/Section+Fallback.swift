import JSON
import ServiceRuntime
package import Settings

extension Section {
    /// Who is asked, in order, where a provider could not answer: a list of `NAME` or `NAME/MODEL`, none of them twice, or
    /// one for a list of one; nil where there is none.
    /// - Parameters:
    ///   - names: the providers that it may name.
    ///   - owner: the provider that it belongs to.
    package mutating func fallback(
        _ key: String, among names: [String], of owner: String? = nil
    ) -> [String]? {
        guard let entries = entries(key) else { return nil }
        var seen: Set<String> = []
        for entry in entries {
            // The model may have slashes of its own.
            let parts = entry.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.first.map(String.init) ?? ""
            if parts.contains(where: { $0.allSatisfy(\.isWhitespace) }) {
                fault(entry.place, expected: "NAME or NAME/MODEL of a provider", got: entry.written)
            } else if !names.contains(name) {
                let hint = NearestName.hint(for: name, among: names.filter { $0 != owner })
                fault(entry.place, "unknown provider \(entry.written.brief)\(hint)")
            } else if name == owner {
                fault(entry.place, "a provider does not stand in for itself")
            } else if !seen.insert(entry.text).inserted {
                fault(entry.place, "\(entry.written.brief) is in the list already")
            }
        }
        return entries.map(\.text)
    }
}
