import FoundationEssentials
package import HTTPServing
package import JSON

extension HTTPServerRequest {
    /// Returns the body, which is to be a JSON object and to say so: what a web page may send without asking first does not.
    package func jsonObject() throws(APIError) -> JSONObject {
        let type = header("Content-Type")?.prefix { $0 != ";" }.lowercased()
        guard type?.filter({ !$0.isWhitespace }) == "application/json" else {
            throw APIError(415, "Unsupported media type: the body is to be application/json.")
        }
        let body = Array(body)
        if let object = JSONObject(body) { return object }
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: body) } catch {
            throw APIError(400, "The body is not JSON: \(error).")
        }
        throw APIError(400, "The body is to be a JSON object, and is \(value.kind).")
    }
}
