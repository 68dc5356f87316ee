// What turns are made of.

// What to do about a failure, by the service's codes.
export const advice = {
  offline: "Look whether the gateway is running, and try again.",
  service_unavailable: "Try again in a moment. If it goes on, whoever runs the service has to look.",
  busy: "Wait a moment, and try again.",
  rate_limited: "Wait until the limit is over, and try again.",
  provider_rate_limited: "Wait a moment, and try again, or choose another model.",
  provider_unavailable: "Try again in a moment, or choose another model.",
  provider_error: "Try again, or choose another model.",
  provider_auth: "Choose another model. Whoever runs the service has to see to its key.",
  provider_quota: "Choose another model. Whoever runs the service has to see to its account.",
  content_filtered: "Put it in other words, or choose another model.",
  empty_answer: "Try again, or put it in other words.",
  timeout: "Try again, or choose a quicker model.",
  context_too_long: "Begin a new topic, or write less.",
  too_large: "Write less at once.",
  answer_too_large: "Ask for less at once.",
  unknown_model: "Choose one of the models in the list.",
  unknown_persona: "Choose one of the personas in the list.",
  shutting_down: "Try again in a moment.",
  internal: "Try again. If it goes on, whoever runs the service has to look.",
};

/** An element of a class with these children; texts stay texts. */
export function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Somebody's name: whatever its letters are, what stands around it keeps its place. */
export const named = (name) => make("bdi", "", name);

/** A button that does something. */
export function button(label, action) {
  const element = make("button", "", label);
  element.type = "button";
  element.addEventListener("click", action);
  return element;
}

/** The time of day. */
export function clock(milliseconds) {
  const element = make("time", "", new Date(milliseconds).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
  element.dateTime = new Date(milliseconds).toISOString();
  return element;
}

/** Whether a line is a command of the room, as the gateway has it. */
export const isCommand = (text) => /^(!chat(\s|$)|\/(help|reset|persona|model|stop|retry|usage|remember|recall|forget)(\s|$))/i.test(text);

/** A length of time, for people. */
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60000) return `${(milliseconds / 1000).toFixed(milliseconds < 10000 ? 1 : 0)} s`;
  return `${Math.round(milliseconds / 60000)} min`;
}

/** A button that puts a text where it can be pasted from. */
export function copyButton(text) {
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text());
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Cannot copy";
    }
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  });
  return copy;
}

/** What somebody said. */
export function saying(name, isOwn, text, time) {
  const who = make("b", "", named(name), isOwn ? " (you)" : "");
  const words = make("div", "words", text.replace(/^!chat\s+(?=\S)/i, "/"));
  words.dir = "auto";
  return make("div", "said", make("p", "head", who, time), words);
}

/** Three dots that move. */
export function dots(label) {
  const made = make("span", "waiting", make("i"), make("i"), make("i"));
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", label);
  return make("div", "marks", made);
}

/** What went wrong, and what to do about it. */
export function failure(fields) {
  const hint = fields.retry_after_s > 0
    ? `Try again in ${duration(fields.retry_after_s * 1000)}.` : advice[fields.code];
  const box = make("div", "failure", make("p", "", fields.text || "That did not work."));
  if (hint) box.append(make("p", "hint", hint));
  return box;
}

/** Who has answered, and what it took. */
export function facts(fields) {
  const found = [`${fields.provider}/${fields.model}`];
  if (fields.persona) found.unshift(`persona ${fields.persona}`);
  const usage = fields.usage ?? {};
  if (usage.total_tokens) {
    const fact = make("span", "", `${usage.total_tokens.toLocaleString()} tokens`);
    fact.title = `${usage.prompt_tokens} read, ${usage.completion_tokens} written`;
    found.push(fact);
  }
  if (fields.cached) found.push("from the cache");
  else if (fields.latency_ms !== undefined) {
    const fact = make("span", "", duration(fields.latency_ms));
    if (fields.ttft_ms !== undefined) fact.title = `The first word after ${duration(fields.ttft_ms)}`;
    found.push(fact);
  }
  if (fields.finish_reason === "length") found.push("cut short");
  return found.map((fact) => (typeof fact === "string" ? make("span", "", fact) : fact));
}
