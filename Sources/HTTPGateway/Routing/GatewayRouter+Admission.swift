import GatewayCore
import HTTPServing
import Observability
import WebChat

// What is said before a request's body is read, on the server's own thread.
extension GatewayRouter {
    /// What keeps a request out, whatever is in its body; nil: nothing. What is not refused is looked at again when it is
    /// whole.
    func admit(_ request: HTTPServerRequest) -> HTTPServerResponse? {
        do throws(APIError) {
            try checkHost(request)
            let origin = try origins.check(request)
            do throws(APIError) { try admitted(request) } catch {
                return meter.count(request, origins.marked(error.response, for: origin))
            }
            return nil
        } catch {
            return meter.count(request, error.response)
        }
    }

    /// What is said to a request that the server itself does not take.
    func refuse(_ request: HTTPServerRequest, _ reason: HTTPServerRefusal) -> HTTPServerResponse {
        let error: APIError =
            switch reason {
            case .malformed: .malformed
            case .bodyTooLarge: .tooLarge(settings.maxBodyBytes)
            case .overloaded: .overloaded
            }
        var response = error.response
        if let origin = try? origins.check(request) { response = origins.marked(response, for: origin) }
        return meter.count(request, response)
    }

    /// Checks the `Host` header, except for health checks: these reveal nothing about anybody, and an HTTP/1.0 client names no
    /// host.
    func checkHost(_ request: HTTPServerRequest) throws(APIError) {
        switch Route(path: request.path) {
        case .health?, .readiness?: return
        default: try hosts.check(request)
        }
    }

    /// Lets in who has a key, or everybody where there are none; tells of wrong ones.
    func checkKey(_ request: HTTPServerRequest) throws(APIError) {
        do throws(APIError) { try keys.check(request) } catch {
            if keys.holds(request) { keyWatch.noteWrongKey(request) }
            throw error
        }
    }

    private func admitted(_ request: HTTPServerRequest) throws(APIError) {
        guard let route = Route(path: request.path) else { throw .noSuchPath(request) }
        if request.method == "OPTIONS" { return }
        guard route.methods.contains(request.method) else { throw .wrongMethod(request, allowed: route.methods) }
        if case .web(let place) = route {
            guard let web else { throw .noSuchPath(request) }
            try web.admit(request, at: place)
        }
        if route.isOpen { return }
        do throws(APIError) { try checkKey(request) } catch {
            if route.isTraced, let span = tracer.begin(request, route: route.template) { throw span.end(error) }
            throw error
        }
    }
}
