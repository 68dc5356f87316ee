import Conversations
import JSON
import LLMService
import LanguageModels
import ServiceRuntime
import Tracing

extension NATSPlugin {
    /// A call on `rosey.llm.*`: what needs no model is done here and now, the rest is returned.
    ///
    /// - Parameter object: the payload; nil where it is no JSON object.
    func accept(
        call subject: String, _ object: [String: JSONValue]?, reply: String?, _ arrival: Arrival
    ) async -> Job? {
        var (echo, result) = CallMessage.read(
            subject, object, reply: reply, limits: requestLimits, registry: service.registry)
        echo.endpoint = echo.call?.call.map(Endpoint.call)
        echo.arrival = arrival
        guard !echo.replies.isEmpty else {
            // Its answer would be for nobody.
            counters.ignored.add()
            if throttle.admit("ignored call") != nil {
                log.warning(
                    "Ignored a call that has no reply subject to answer on",
                    [.subject: subject, .count: String(counters.ignored.value)])
            }
            return nil
        }
        switch result {
        case .failure(let error):
            reject(error, echo)
            return nil
        case .success(let message):
            guard isNew(echo), let reply = echo.call else { return nil }
            return await handle(message, echo, reply)
        }
    }

    private func handle(_ message: CallMessage, _ echo: Echo, _ reply: CallReply) async -> Job? {
        switch message {
        case .work(let work, let options):
            return submit(work, options, echo, text: Self.callText)
        case .persona(let channel):
            return { await self.sendPersona(of: channel, echo, reply) }
        case .personas(let channel):
            return { await self.sendPersona(of: channel, echo, reply) }
        case .setPersona(let name, let channel):
            do throws(LLMError) {
                let set = try service.beginSetPersona(name, of: channel)
                return {
                    let persona = await set()
                    self.finish(echo, reply.persona(persona, available: self.service.settings.personas.names))
                }
            } catch {
                fail(error, echo, text: Self.callText)
            }
        case .memory(let request, let channel):
            return accept(request, of: channel, echo, text: Self.callText)
        case .models(let provider):
            return {
                do throws(LLMError) {
                    self.finish(echo, reply.models(try await self.service.models(provider: provider)))
                } catch {
                    self.fail(error, echo, text: Self.callText)
                }
            }
        case .status:
            return {
                do throws(LLMError) {
                    let status = try await self.service.status()
                    let settings = self.settings
                    self.finish(
                        echo, reply.status(status, version: settings.version, instance: settings.instance))
                } catch {
                    self.fail(error, echo, text: Self.callText)
                }
            }
        case .usage(let user):
            return { self.finish(echo, reply.usage(await self.service.usage(user: user))) }
        }
        return nil
    }

    private func sendPersona(of channel: String?, _ echo: Echo, _ reply: CallReply) async {
        let current: String? = if let channel { await service.persona(of: channel) } else { nil }
        let model: String? = if let channel, reply.tellsModel { await service.model(of: channel) } else { nil }
        finish(echo, reply.persona(current, available: service.settings.personas.names, model: model))
    }

    /// What a caller reads of a failure.
    static func callText(_ error: LLMError) -> String {
        error.code == .internal ? "something went wrong here; it is in the service's log" : error.message
    }
}
