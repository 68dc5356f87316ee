import FoundationEssentials
package import HTTPServing
import JSON
import ServiceRuntime

/// A failure as OpenAI's clients read it: `{"error":{"message","type","param","code"}}`, and a status.
///
/// Behind a reference: every function that waits keeps room for the error that it may throw.
package struct APIError: Error, Sendable {
    private final class Storage: Sendable {
        let status: Int
        let message: String
        let type: String?
        let param: String?
        let code: String?
        let headers: [(name: String, value: String)]

        init(
            _ status: Int, _ message: String, _ type: String?, _ param: String?, _ code: String?,
            _ headers: [(name: String, value: String)]
        ) {
            (self.status, self.message, self.type) = (status, message, type)
            (self.param, self.code, self.headers) = (param, code, headers)
        }
    }

    private let storage: Storage

    /// Creates a failure.
    ///
    /// - Parameters:
    ///   - status: the HTTP status.
    ///   - message: for people; ours, and nothing a provider said.
    ///   - type: nil: by the status.
    ///   - param: the field that is wrong.
    ///   - code: for programs.
    package init(
        _ status: Int, _ message: String, type: String? = nil, param: String? = nil, code: String? = nil,
        headers: [(name: String, value: String)] = []
    ) {
        storage = Storage(status, message, type, param, code, headers)
    }

    /// The HTTP status.
    package var status: Int { storage.status }
    /// For people.
    package var message: String { storage.message }
    /// The field that is wrong.
    package var param: String? { storage.param }
    /// For programs.
    package var code: String? { storage.code }

    /// Returns the same failure with the id that the service's log knows the request by.
    package func naming(_ requestID: String) -> APIError {
        APIError(
            status, message, type: storage.type, param: param, code: code,
            headers: storage.headers + [("X-Request-Id", requestID)])
    }

    private var type: String {
        if let type = storage.type { return type }
        return switch status {
        case 429: "rate_limit_error"
        case 500...: "server_error"
        default: "invalid_request_error"
        }
    }

    /// The JSON object, as it stands in an answer and in a stream.
    package var json: [UInt8] {
        JSONWriter.object { writer in
            writer.object("error") { writer in
                writer.field("message", message)
                writer.field("type", type)
                writer.field("param", orNull: param)
                writer.field("code", orNull: code)
            }
        }
    }

    /// The whole answer.
    package var response: HTTPServerResponse {
        HTTPServerResponse(
            status, headers: [("Content-Type", "application/json")] + storage.headers, body: Data(json))
    }
}

extension APIError {
    /// A fault that was found in a request's fields: `temperature: expected a number from 0 to 2, got "hot"`.
    package static func invalid(_ fault: String) -> APIError {
        let field = fault.prefix { $0 != ":" }
        let isField = !field.isEmpty && !field.contains(" ") && field.endIndex != fault.endIndex
        return APIError(400, fault, param: isField ? String(field) : nil)
    }

    /// Something that cannot be honoured.
    package static func unsupported(_ param: String, _ why: String) -> APIError {
        APIError(400, "\(param): \(why)", param: param, code: "unsupported_parameter")
    }

    /// A body beyond the bound.
    package static func tooLarge(_ limit: Int) -> APIError {
        APIError(413, "The body is larger than \(limit) bytes.", code: "request_too_large")
    }

    /// A head that others may read otherwise.
    package static var malformed: APIError { APIError(400, "The request is malformed.", code: "malformed_request") }

    /// So much is being received that there is no room for more.
    package static var overloaded: APIError {
        APIError(
            503, "Too many requests are being received at once. Try again.", code: "busy",
            headers: [("Retry-After", "1")])
    }

    /// Nothing is at this path.
    package static func noSuchPath(_ request: HTTPServerRequest) -> APIError {
        APIError(404, "Invalid URL (\(request.shown))", code: "unknown_url")
    }

    /// The path takes other methods only.
    package static func wrongMethod(_ request: HTTPServerRequest, allowed: [String]) -> APIError {
        let list = allowed.joined(separator: ", ")
        return APIError(
            405, "Not allowed: \(request.shown). Allowed: \(list).", code: "method_not_supported",
            headers: [("Allow", list + ", OPTIONS")])
    }

    /// There is no model of that name.
    package static func noSuchModel(_ id: String) -> APIError {
        APIError(404, "The model '\(id.shown)' does not exist.", param: "model", code: "model_not_found")
    }
}

extension HTTPServerRequest {
    /// Method and path, short.
    fileprivate var shown: String { "\(method.shown) \(path.shown)" }
}

extension String {
    /// At most a hundred scalars, none of which is a control character.
    package var shown: String {
        let scalars = unicodeScalars.prefix(101)
        return String(scalars.prefix(100)).withoutControls + (scalars.count > 100 ? "…" : "")
    }
}
