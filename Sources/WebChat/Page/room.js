// The way to the gateway: who we are to it, what is said in a channel, and what we say.

/** What went wrong, in words for whoever reads the page. */
export class Trouble extends Error {
  constructor(message, status, code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function ask(path, method = "GET", body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new Trouble("The gateway cannot be reached.", 0, "offline");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new Trouble(answer.error?.message ?? `The gateway failed (${response.status}).`, response.status, answer.error?.code);
}

const of = (channel) => `channel=${encodeURIComponent(channel)}`;

export const session = () => ask("web/session");
export const signIn = (key) => ask("web/session", "POST", { key });
export const signOut = () => ask("web/session", "DELETE");
export const describe = (channel) => ask(`web/channel?${of(channel)}`);
export const models = () => ask("web/models");
export const send = (message) => ask("web/messages", "POST", message);

/** Hears what is said in a channel, and comes back by itself when the connection breaks. */
export class Ear {
  /**
   * @param handlers `open`, `lost`, and one for each kind of event.
   */
  constructor(channel, handlers) {
    this.channel = channel;
    this.handlers = handlers;
    this.seen = null;
    this.attempts = 0;
    this.comeBack = () => this.open();
    addEventListener("online", this.comeBack);
    this.open();
  }

  open() {
    if (this.isClosed) return;
    clearTimeout(this.timer);
    this.source?.close();
    const source = new EventSource(`web/events?${of(this.channel)}${this.seen ? `&seen=${encodeURIComponent(this.seen)}` : ""}`);
    this.source = source;
    source.onopen = () => {
      this.attempts = 0;
      this.handlers.open();
    };
    source.onerror = () => {
      if (source !== this.source) return;
      // A browser gives up when it is refused; then it is on us to try again.
      source.close();
      this.attempts += 1;
      const delay = Math.min(15000, 500 * 2 ** Math.min(5, this.attempts - 1)) * (0.75 + Math.random() / 2);
      this.timer = setTimeout(() => this.open(), delay);
      this.handlers.lost(this.attempts);
    };
    for (const kind of ["said", "piece", "partial", "answer", "failed", "here", "status"]) {
      source.addEventListener(kind, (event) => {
        if (source !== this.source) return;
        if (event.lastEventId) this.seen = event.lastEventId;
        this.handlers[kind](JSON.parse(event.data));
      });
    }
  }

  close() {
    this.isClosed = true;
    removeEventListener("online", this.comeBack);
    clearTimeout(this.timer);
    this.source?.close();
  }
}
