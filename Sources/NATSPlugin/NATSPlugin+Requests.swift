import JSON
import LLMService
import LanguageModels
import ServiceRuntime

extension NATSPlugin {
    /// A message of a plugin: what needs no model is done here and now, the rest is returned.
    func accept(
        request object: [String: JSONValue], reply: String?, job: JobDelivery?, arrival: ContinuousClock.Instant? = nil
    ) async -> Job? {
        var (echo, result) = RequestMessage.read(object, reply: reply, limits: requestLimits)
        echo.endpoint = job == nil ? .request : .job
        echo.arrival = arrival
        job?.adopt(&echo)
        switch result {
        case .failure(let error):
            reject(error, echo)
            return nil
        case .success(.cancel(let id, let channel)):
            return cancel(id, channel, echo)
        case .success(let message):
            guard await isToRun(echo) else { return nil }
            return await handle(message, echo)
        }
    }

    /// How much is taken.
    var requestLimits: RequestMessage.Limits {
        RequestMessage.Limits(
            messageBytes: settings.maxMessageBytes, images: settings.maxImages, imageBytes: settings.maxImageBytes,
            embedInputs: settings.maxEmbedInputs, timeout: service.settings.requestTimeout,
            admins: settings.permissions.admins)
    }

    private func handle(_ message: RequestMessage, _ echo: Echo) async -> Job? {
        switch message {
        case .work(let work, let options):
            return submit(work, options, echo, text: Self.pluginText)
        case .memory(let request, let channel):
            return accept(request, of: channel, echo, text: Self.pluginText)
        case .models(let provider):
            return { await self.sendModels(provider, echo) }
        case .status:
            return { await self.sendStatus(echo) }
        case .reset(let channel):
            let reset = service.beginReset(channel: channel)
            return {
                _ = await reset()
                self.notice("Context reset", echo)
            }
        case .persona(let name?, let channel):
            return setPersona(name, channel, echo, text: Self.pluginText)
        case .persona(nil, let channel):
            return { await self.listPersonas(channel, echo) }
        case .cancel:
            break  // was done before: its id is not its own
        }
        return nil
    }

    private func sendModels(_ provider: String?, _ echo: Echo) async {
        do throws(LLMError) {
            let models = try await service.models(provider: provider)
            notice(models.map { "\($0.provider)/\($0.id)" }.joined(separator: "\n"), echo) { writer in
                writer.field("models") { AnswerMessage.models(&$0, models) }
            }
        } catch {
            fail(error, echo, text: Self.pluginText)
        }
    }

    private func sendStatus(_ echo: Echo) async {
        do throws(LLMError) {
            let bytes = AnswerMessage.status(
                try await service.status(), to: echo, version: settings.version, instance: settings.instance,
                roomLength: settings.roomLength)
            finish(echo, bytes)
        } catch {
            fail(error, echo, text: Self.pluginText)
        }
    }

    private func cancel(_ id: String?, _ channel: String?, _ echo: Echo) -> Job? {
        guard let order = id.map(StopOrder.request) ?? channel.map(StopOrder.channel) else { return nil }
        return stop(order) { [self] count in
            guard count > 0 else {
                return reject(
                    LLMError(.notFound, "Nothing to cancel: no such request is waiting or running"), echo)
            }
            notice("Stopped (\(count) cancelled).", echo)
        }
    }

    /// What a plugin reads of a failure, in the old plugin's words.
    static func pluginText(_ error: LLMError) -> String {
        switch error.code {
        case .internal: "Service error: something went wrong here; it is in the service's log"
        case _ where error.isProviderFailure: "Provider error: \(error.message)"
        default: error.message
        }
    }
}
