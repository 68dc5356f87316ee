import FoundationEssentials
import HTTPServing
import ServiceRuntime

/// One of the files that the page is made of. They are part of the program.
package enum PageFile: String, CaseIterable {
    case index = "/"
    case style = "/chat.css"
    case chat = "/chat.js"
    case turns = "/turns.js"
    case room = "/room.js"
    case markdown = "/markdown.js"
    case inline = "/inline.js"
    case parts = "/parts.js"
    case line = "/line.js"
    case who = "/who.js"
    case icon = "/icon.svg"

    private var bytes: [UInt8] {
        switch self {
        case .index: PackageResources.index_html
        case .style: PackageResources.chat_css
        case .chat: PackageResources.chat_js
        case .turns: PackageResources.turns_js
        case .room: PackageResources.room_js
        case .markdown: PackageResources.markdown_js
        case .inline: PackageResources.inline_js
        case .parts: PackageResources.parts_js
        case .line: PackageResources.line_js
        case .who: PackageResources.who_js
        case .icon: PackageResources.icon_svg
        }
    }

    private var type: String {
        switch self {
        case .index: "text/html; charset=utf-8"
        case .style: "text/css; charset=utf-8"
        case .chat, .turns, .room, .markdown, .inline, .parts, .line, .who: "text/javascript; charset=utf-8"
        case .icon: "image/svg+xml"
        }
    }

    /// Computed once: nothing changes while the program runs.
    private static let tags: [PageFile: String] = allCases.reduce(into: [:]) { tags, file in
        tags[file] = "\"\(SHA256.hexadecimal(file.bytes).prefix(32))\""
    }

    /// The file, or word that the browser has it already. The page may load nothing from elsewhere, be shown in no frame,
    /// and make no HTML of a text.
    func response(to request: HTTPServerRequest) -> HTTPServerResponse {
        let tag = Self.tags[self] ?? ""
        let headers = Self.protection + [("ETag", tag), ("Cache-Control", "no-cache")]
        let known = request.header("If-None-Match")?.split(separator: ",").map { $0.filter { !$0.isWhitespace } } ?? []
        if known.contains(where: { $0 == tag || $0 == "W/\(tag)" }) { return HTTPServerResponse(304, headers: headers) }
        return HTTPServerResponse(headers: [("Content-Type", type)] + headers, body: Data(bytes))
    }

    private static let protection: [(name: String, value: String)] = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
                + "trusted-types 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
        ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ]
}
