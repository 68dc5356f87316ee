import GatewayCore
import Concurrency
import FoundationEssentials
import HTTPServing
import JSON
import ServiceRuntime
import Synchronization

/// Who may use the page: its own origin only, and where there are keys, who has shown one. A key is traded for a cookie
/// that no script can read, and that is good for the page's own paths and nothing else.
final class WebAccess: Sendable {
    private static let cookie = "rosey_session"
    private let keys: BearerKeys
    private let keyWatch: KeyWatch
    private let time: any TimeSource
    private let sessions = Mutex(SessionTable())
    private let onEnd: @Sendable (Set<Int>) -> Void

    /// - Parameter onEnd: takes the numbers of sessions that are over before their time.
    init(
        _ keys: BearerKeys, _ keyWatch: KeyWatch, time: any TimeSource,
        onEnd: @escaping @Sendable (Set<Int>) -> Void
    ) {
        (self.keys, self.keyWatch) = (keys, keyWatch)
        self.time = time
        self.onEnd = onEnd
    }

    /// Other pages have no business here, whatever else they may ask the gateway.
    func checkOrigin(_ request: HTTPServerRequest) throws(APIError) {
        let site = request.header("Sec-Fetch-Site")
        let isForeign =
            if let origin = request.header("Origin")?.lowercased() {
                !["http://", "https://"].contains { origin == $0 + (request.header("Host")?.lowercased() ?? "") }
            } else {
                site != nil && site != "same-origin" && site != "none"
            }
        if isForeign {
            throw APIError(403, "This is for the gateway's own page only.", code: "origin_not_allowed")
        }
    }

    /// Lets in who has a session, or everybody where there are no keys.
    ///
    /// - Returns: the session; nil where none is needed.
    @discardableResult
    func check(_ request: HTTPServerRequest) throws(APIError) -> SessionTable.Session? {
        if keys.isEmpty { return nil }
        guard let session = session(of: request) else {
            throw APIError(401, "Sign in first: a key is needed here.", code: "sign_in_needed")
        }
        return session
    }

    /// `GET /web/session`.
    /// - Parameter patience: how long an answer may take.
    func state(_ request: HTTPServerRequest, patience: Duration) -> HTTPServerResponse {
        .web { writer in
            writer.field("needs_key", !keys.isEmpty)
            writer.field("signed_in", keys.isEmpty || session(of: request) != nil)
            writer.field("timeout_s", patience.seconds)
        }
    }

    /// `POST /web/session`.
    func signIn(_ request: HTTPServerRequest, _ object: JSONObject) throws(APIError) -> HTTPServerResponse {
        guard let key = object["key"]?.string, let place = keys.isEmpty ? 0 : keys.place(of: Array(key.utf8)) else {
            keyWatch.noteWrongKey(request)
            throw APIError(401, "This key is not known here.", code: "invalid_api_key")
        }
        keyWatch.noteSignIn(request)
        let word = Self.newWord()
        let now = time.now
        onEnd(sessions.withLock { $0.begin(word, key: place, now: now) })
        var response = HTTPServerResponse.web { $0.field("signed_in", true) }
        response.headers.append(
            ("Set-Cookie", cookie(word, seconds: Int(SessionTable.lifetime.components.seconds), request)))
        return response
    }

    /// `DELETE /web/session`.
    func signOut(_ request: HTTPServerRequest) -> HTTPServerResponse {
        if let word = Self.word(request), let number = sessions.withLock({ $0.end(word) }) { onEnd([number]) }
        var response = HTTPServerResponse.web { $0.field("signed_in", keys.isEmpty) }
        response.headers.append(("Set-Cookie", cookie("", seconds: 0, request)))
        return response
    }

    private func session(of request: HTTPServerRequest) -> SessionTable.Session? {
        let now = time.now
        return Self.word(request).flatMap { word in sessions.withLock { $0.session(word, now: now) } }
    }

    private func cookie(_ word: String, seconds: Int, _ request: HTTPServerRequest) -> String {
        // Behind a proxy with TLS, which only the browser knows of, it is never to go out without.
        let isSecure = request.header("Origin")?.lowercased().hasPrefix("https://") ?? false
        return "\(Self.cookie)=\(word); Path=/web; Max-Age=\(seconds); HttpOnly; SameSite=Strict"
            + (isSecure ? "; Secure" : "")
    }

    private static func word(_ request: HTTPServerRequest) -> String? {
        for header in request.headers where header.name.lowercased() == "cookie" {
            for part in header.value.split(separator: ";") {
                let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
                if pair.count == 2, pair[0] == cookie, pair[1].utf8.count <= 128 { return String(pair[1]) }
            }
        }
        return nil
    }

    /// 256 random bits.
    private static func newWord() -> String {
        (0..<4).map { _ in UInt64.random(in: .min ... .max).hexadecimal }.joined()
    }
}

extension HTTPServerResponse {
    /// An answer to the page, which nobody is to keep.
    static func web(_ status: Int = 200, _ body: (inout JSONWriter) -> Void) -> HTTPServerResponse {
        HTTPServerResponse(
            status,
            headers: [
                ("Content-Type", "application/json"), ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ], body: Data(JSONWriter.object(body)))
    }
}
