// The conversation as it is shown: turns, each of what somebody said and what was answered.

import { show } from "./markdown.js";
import { advice, button, clock, copyButton, dots, facts, failure, isCommand, make, named, saying } from "./parts.js";

const maxTurns = 300;
// After so long somebody wants to know that it is not forgotten.
const longWait = 20000;

/** The conversation. */
export class Turns {
  /**
   * @param log the element it stands in.
   * @param ownName gives the name that is ours.
   * @param actions `again(text)`: it is to be said once more; `retry()`: another answer is wanted; `changed()`.
   */
  constructor(log, ownName, announcer, actions) {
    this.log = log;
    this.ownName = ownName;
    this.announcer = announcer;
    this.actions = actions;
    this.turns = new Map();
    this.isAtEnd = true;
    const size = () => `${log.clientWidth} ${log.clientHeight}`;
    this.size = size();
    // Whether something is to be shown where nothing was said.
    this.isReady = false;
    log.addEventListener("scroll", () => {
      // Another size moves it too, and nobody has scrolled.
      if (this.size !== size()) return;
      this.isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
      this.actions.changed();
    });
    new ResizeObserver(() => {
      this.size = size();
      this.follow();
      this.actions.changed();
    }).observe(log);
  }

  /** Whether something of ours waits for its answer. */
  get isWaiting() {
    return [...this.turns.values()].some((turn) => turn.isOwn && turn.state === "open" && !turn.isCommand);
  }

  clear() {
    for (const turn of this.turns.values()) this.forget(turn);
    this.turns.clear();
    this.log.replaceChildren(...this.log.querySelectorAll("#empty"));
    this.isAtEnd = true;
    this.isReady = false;
    this.changed();
  }

  forget(turn) {
    clearTimeout(turn.timer);
    cancelAnimationFrame(turn.frame);
  }

  // What happens

  /** Somebody said something; `isOurs` before the gateway has said so. */
  said({ id, name, text, at }, isOurs = false) {
    const known = this.turns.get(id);
    if (known?.said) {
      // Ours, and now the others see it too.
      known.isSent = true;
      known.time?.replaceWith(clock(at));
      return this.wait(known);
    }
    const turn = known ?? this.add(id);
    turn.isOwn = isOurs || name === this.ownName();
    turn.isSent = !isOurs;
    turn.name = name;
    turn.text = text;
    turn.isCommand = isCommand(text);
    turn.time = clock(at ?? Date.now());
    turn.said = saying(name, turn.isOwn, text, turn.time);
    turn.element.prepend(turn.said);
    turn.element.classList.toggle("mine", turn.isOwn);
    turn.element.classList.toggle("command", turn.isCommand);
    turn.element.setAttribute("aria-label", `${name} said`);
    if (turn.state === "new") {
      turn.state = "open";
      this.wait(turn);
    }
    if (!turn.isOwn) this.announce(`${name}: ${text}`);
    if (isOurs) this.isAtEnd = true;
    this.changed();
  }

  /** A piece of an answer; `isAll`: all there is so far. */
  piece({ id, text }, isAll = false) {
    const turn = this.turns.get(id) ?? this.add(id);
    if (turn.state === "done") return;
    this.found(turn);
    turn.state = "open";
    turn.answer = isAll ? text : (turn.answer ?? "") + text;
    this.unmark(turn);
    this.body(turn);
    turn.bubble.setAttribute("aria-busy", "true");
    turn.frame ||= requestAnimationFrame(() => {
      turn.frame = 0;
      if (turn.state === "done") return;
      show(turn.words, turn.answer);
      this.changed();
    });
  }

  /** The whole answer. */
  answered(fields) {
    const turn = this.turns.get(fields.id) ?? this.add(fields.id);
    if (turn.state === "done") return;
    this.end(turn);
    turn.answer = fields.text;
    const isNotice = !fields.provider;
    this.body(turn, fields);
    turn.bubble.classList.toggle("notice", isNotice);
    if (isNotice) {
      turn.words.className = "words";
      turn.words.textContent = fields.text.replaceAll("!chat ", "/");
    } else {
      show(turn.words, fields.text);
    }
    const foot = isNotice ? null : this.foot(turn, fields);
    if (foot) turn.bubble.append(foot);
    this.announce(`${isNotice ? "" : "Rosey: "}${fields.text}`);
    this.changed();
  }

  /** It failed, or was stopped. */
  failed(fields) {
    const turn = this.turns.get(fields.id) ?? this.add(fields.id);
    if (turn.state === "done") return;
    this.end(turn);
    if (fields.code === "cancelled") {
      this.mark(turn, "Stopped.");
      if (turn.isOwn) this.offer(turn);
    } else {
      if (!turn.bubble) turn.element.append(turn.bubble = make("div", "answer"));
      turn.bubble.append(failure(fields));
      if (turn.isOwn && !turn.isCommand) this.offer(turn);
    }
    this.announce(fields.code === "cancelled" ? "Stopped." : fields.text);
    this.changed();
  }

  /** It did not reach the gateway, or nobody knows of it any more. If it is answered after all, that counts. */
  lost(id, why, code) {
    const turn = this.turns.get(id);
    if (!turn || turn.state === "done" || turn.state === "lost") return;
    this.end(turn);
    turn.state = "lost";
    turn.loss = [this.mark(turn, why + (advice[code] ? ` ${advice[code]}` : ""), true)];
    if (turn.isOwn) turn.loss.push(this.offer(turn));
    this.announce(why);
    this.changed();
  }

  /** What the gateway knows to be unanswered. One that was started meanwhile knows of nothing, and may yet hear the answer. */
  settle({ open, epoch }) {
    const known = new Set(open);
    const why = "Not answered: the connection was lost meanwhile.";
    for (const turn of this.turns.values()) {
      if (turn.state !== "open" || !turn.isSent || known.has(turn.id)) continue;
      if (epoch === this.epoch) this.lost(turn.id, why);
      else this.await(turn, why);
    }
    this.epoch = epoch;
    this.isReady = true;
    this.changed();
  }

  // How it looks

  add(id) {
    const turn = { id, state: "new", element: make("article", "turn") };
    this.turns.set(id, turn);
    this.log.append(turn.element);
    if (this.turns.size > maxTurns) {
      const [first] = this.turns.values();
      this.forget(first);
      first.element.remove();
      this.turns.delete(first.id);
    }
    return turn;
  }

  /** The part of a turn that is the answer. */
  body(turn, fields) {
    if (!turn.bubble) {
      turn.words = make("div", "words markdown");
      turn.head = make("p", "head");
      turn.bubble = make("div", "answer", turn.head, turn.words);
      turn.element.append(turn.bubble);
    }
    const to = fields?.name ?? turn.name;
    turn.head.replaceChildren(make("b", "", "Rosey"));
    if (to && to !== "User") turn.head.append(make("span", "", "to ", named(to)));
    if (fields?.provider && fields.at) turn.head.append(clock(fields.at));
    turn.head.hidden = Boolean(fields && !fields.provider);
  }

  foot(turn, fields) {
    const foot = make("div", "foot", ...facts(fields));
    const copy = copyButton(() => turn.answer);
    copy.setAttribute("aria-label", "Copy this answer");
    foot.append(copy);
    // Only the last answer can be made again.
    this.retry?.remove();
    this.retry = button("Retry", () => this.actions.retry());
    this.retry.setAttribute("aria-label", "Have this answered again");
    foot.append(this.retry);
    return foot;
  }

  /** Offers to say it again. */
  offer(turn) {
    const again = button("Try again", () => {
      again.remove();
      this.actions.again(turn.text);
    });
    const foot = make("div", "foot", again);
    turn.element.append(foot);
    return foot;
  }

  /** It waits for its answer. */
  wait(turn) {
    if (turn.state !== "open" || turn.answer || turn.isCommand) return;
    this.unmark(turn);
    turn.marks = dots(turn.isSent ? "Waiting for the answer" : "Sending");
    turn.element.append(turn.marks);
    turn.timer = setTimeout(() => {
      turn.marks?.append(make("p", "mark", "No answer yet; still waiting."));
      this.changed();
      this.await(turn, "Not answered.", "timeout");
    }, longWait);
  }

  /** It is lost if nothing comes for as long as an answer may take. */
  await(turn, why, code) {
    clearTimeout(turn.timer);
    turn.timer = setTimeout(() => this.lost(turn.id, why, code), this.patience ?? 310000);
  }

  unmark(turn) {
    clearTimeout(turn.timer);
    turn.marks?.remove();
    turn.marks = null;
  }

  mark(turn, text, isFault = false) {
    const mark = make("p", isFault ? "mark fault" : "mark", text);
    turn.element.append(mark);
    return mark;
  }

  /** It was not lost. */
  found(turn) {
    for (const each of turn.loss ?? []) each.remove();
    turn.loss = null;
  }

  end(turn) {
    this.found(turn);
    turn.state = "done";
    this.unmark(turn);
    cancelAnimationFrame(turn.frame);
    turn.frame = 0;
    if (turn.answer && turn.words && !turn.bubble.classList.contains("notice")) show(turn.words, turn.answer);
    turn.bubble?.removeAttribute("aria-busy");
  }

  /** Says it to who listens instead of looking; whole things only. */
  announce(text) {
    if (this.isQuiet) return;
    const line = make("p", "", text.slice(0, 2000));
    this.announcer.append(line);
    while (this.announcer.childElementCount > 5) this.announcer.firstElementChild.remove();
  }

  changed() {
    this.log.querySelector("#empty").hidden = this.turns.size > 0 || !this.isReady;
    this.follow();
    this.actions.changed();
  }

  /** Stays at the end, where somebody is at the end. */
  follow() {
    if (this.isAtEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  toEnd() {
    this.isAtEnd = true;
    this.follow();
    this.actions.changed();
  }
}
