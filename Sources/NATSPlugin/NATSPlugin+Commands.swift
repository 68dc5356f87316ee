import Conversations
import JSON
import LLMService
import LanguageModels
import ServiceRuntime

extension NATSPlugin {
    /// A message of a room: what needs no model is done here and now, the rest is returned.
    func accept(
        command object: [String: JSONValue], _ verb: MemoryVerb?, reply: String?, job: JobDelivery?,
        arrival: ContinuousClock.Instant? = nil
    ) async -> Job? {
        var (echo, result) = CommandMessage.read(object, verb, reply: reply, maxBytes: settings.maxMessageBytes)
        echo.endpoint = verb.map(Endpoint.memory) ?? .command
        echo.arrival = arrival
        echo.command = (try? result.get()).map { RequestKind($0.command) }
        job?.adopt(&echo)
        switch result {
        case .failure(let error):
            reject(error, echo)
            return nil
        case .success(let message):
            guard await isToRun(echo) else { return nil }
            if let error = refusal(of: message) {
                fail(error, echo, text: Self.roomText)
                return nil
            }
            return await handle(message, echo)
        }
    }

    private func refusal(of message: CommandMessage) -> LLMError? {
        message.command.permission.flatMap { settings.permissions.refusal(of: $0, to: message.user) }
    }

    private func handle(_ message: CommandMessage, _ echo: Echo) async -> Job? {
        let channel = message.channel
        switch message.command {
        case .message(let text):
            let work = Work.chat(message: text, channel: channel, username: message.speaker)
            return submit(work, options(echo), echo, text: Self.roomText)
        case .retry:
            return submit(.retry(channel: channel), options(echo), echo, text: Self.roomText)
        case .help:
            let settings = service.settings
            notice(
                ChatCommand.helpText(personas: settings.personas.names, remembers: settings.memory.isEnabled), echo)
        case .reset:
            let reset = service.beginReset(channel: channel)
            return { self.notice("Conversation context reset (\(await reset()) messages cleared).", echo) }
        case .stop:
            return stop(channel, message.user, echo)
        case .personas:
            return { await self.listPersonas(channel, echo) }
        case .persona(let name):
            return setPersona(name, channel, echo, text: Self.roomText)
        case .models:
            return { await self.listModels(channel, echo) }
        case .model(let name):
            return { await self.setModel(name, channel, echo) }
        case .memory(let verb, ""):
            fail(LLMError(.invalidRequest, verb.usage), echo, text: Self.roomText)
        case .memory(let verb, let text):
            let isAdmin = settings.permissions.isAdmin(message.user)
            let request = verb.request(text, by: message.speaker, isAdmin: isAdmin)
            return accept(request, of: channel, echo, text: Self.roomText)
        case .usage:
            return { await self.sendUsage(of: echo.username, echo) }
        }
        return nil
    }

    private func options(_ echo: Echo) -> RequestOptions {
        var options = RequestOptions(requestID: echo.requestID)
        options.caller = .user(echo.username)
        return options
    }

    /// Who may not stop others stops what they asked for themselves.
    private func stop(_ channel: String, _ user: String?, _ echo: Echo) -> Job? {
        let mayStopOthers = settings.permissions.mayUse(.stop, user)
        return stop(mayStopOthers ? .channel(channel) : .user(echo.username, channel: channel)) { [self] count in
            notice("Stopped (\(count) cancelled).", echo)
        }
    }

    func listPersonas(_ channel: String, _ echo: Echo) async {
        let names = service.settings.personas.names
        let current = await service.persona(of: channel)
        let list = names.joined(separator: ", ")
        notice("Available personas: \(list). Current: \(current). Use: !chat persona <name>", echo, persona: current) {
            writer in writer.field("personas") { $0.strings(names) }
        }
    }

    /// Sets it here and now; whoever asked hears of it when it is kept, and nobody else waits for that.
    func setPersona(_ name: String, _ channel: String, _ echo: Echo, text: (LLMError) -> String) -> Job? {
        do throws(LLMError) {
            let set = try service.beginSetPersona(name, of: channel)
            return {
                let persona = await set()
                self.notice("Persona changed to: \(persona)", echo, persona: persona)
            }
        } catch {
            fail(error, echo, text: text)
            return nil
        }
    }

    private func listModels(_ channel: String, _ echo: Echo) async {
        let models: [ModelListing]
        do throws(LLMError) { models = try await service.models() } catch {
            return fail(error, echo, text: Self.roomText)
        }
        let current = await service.model(of: channel)
        let shown = models.prefix(20).map { "\($0.provider)/\($0.id)" }.joined(separator: ", ")
        let rest = models.count > 20 ? " and \(models.count - 20) more" : ""
        let list = models.isEmpty ? "No provider lists its models right now." : "Available models: \(shown)\(rest)."
        notice("\(list) Current: \(current). Use: !chat model <name>", echo)
    }

    private func setModel(_ name: String, _ channel: String, _ echo: Echo) async {
        do throws(LLMError) {
            notice("Model changed to: \(try await service.setModel(name, of: channel))", echo)
        } catch {
            fail(error, echo, text: Self.roomText)
        }
    }

    /// What a room reads of a failure. What is wrong with a command is said as it is, in the old plugin's words.
    static func roomText(_ error: LLMError) -> String {
        switch error.code {
        case .internal: "Sorry, something went wrong while processing your message."
        case .busy, .shuttingDown: "Sorry, \(error.message)."
        case _ where error.isProviderFailure, .timeout: "Sorry, I encountered an error: \(error.message)"
        default: error.message
        }
    }
}
