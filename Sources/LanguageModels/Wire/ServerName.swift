import Observability

/// Where a server is, as spans tell it.
struct ServerName: Equatable {
    /// The host, without the brackets of an IPv6 address.
    let host: String
    /// The port, also where the URL leaves it to its scheme.
    let port: Int?

    /// - Parameter url: with its scheme; a user before the host is left out.
    init(_ url: String) {
        let parts = url.split(separator: "://", maxSplits: 1)
        let authority = (parts.last ?? "").prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let place = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        let usual = parts.first?.lowercased() == "https" ? 443 : 80
        if place.first == "[", let end = place.firstIndex(of: "]") {
            host = String(place[place.index(after: place.startIndex)..<end])
            port = Self.port(place[place.index(after: end)...], usual)
        } else {
            let colon = place.firstIndex(of: ":") ?? place.endIndex
            host = String(place[..<colon])
            port = Self.port(place[colon...], usual)
        }
    }

    private static func port(_ text: Substring, _ usual: Int) -> Int? {
        text.isEmpty ? usual : Int(text.dropFirst()).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }

    /// What a span of an exchange with it has.
    var attributes: [Attribute] {
        guard !host.isEmpty else { return [] }
        let address = Attribute("server.address", host)
        return if let port { [address, Attribute("server.port", port)] } else { [address] }
    }
}
