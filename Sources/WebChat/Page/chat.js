// The page: puts the conversation, the way to the gateway and the controls together.

import * as gateway from "./room.js";
import { Line } from "./line.js";
import { named } from "./parts.js";
import { Turns } from "./turns.js";
import { bytes, fits, memory, word } from "./who.js";

const $ = (id) => document.getElementById(id);
const field = $("text");

const state = {
  channel: "",
  name: "",
  needsKey: false,
  isConnected: false,
  status: { bus: true, service: true },
  ear: null,
};

const turns = new Turns($("log"), () => state.name, $("announcer"), {
  again: (text) => say(text),
  retry: () => say("/retry"),
  changed,
});

const line = new Line(field, submit);

// Beginning

async function begin() {
  let session;
  try {
    session = await gateway.session();
  } catch (trouble) {
    tell(`${trouble.message} Trying again …`, true);
    setTimeout(begin, 3000);
    return;
  }
  turns.patience = session.timeout_s * 1000;
  state.needsKey = session.needs_key;
  $("sign-out").hidden = !state.needsKey;
  if (session.needs_key && !session.signed_in) return askForKey();
  enterAtOnce();
}

function hashChannel() {
  try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; }
}

function enterAtOnce() {
  const channel = hashChannel() || memory.get("channel");
  const name = memory.get("name");
  if (fits(channel, name) === null) enter(channel, name);
  else askWho();
}

function enter(channel, name) {
  const isElsewhere = channel !== state.channel;
  state.channel = channel;
  state.name = name;
  memory.set("channel", channel);
  memory.set("name", name);
  $("channel-name").textContent = channel;
  $("own-name").replaceChildren("as ", named(name));
  $("place").setAttribute("aria-label", `Channel ${channel}, as ${name}. Change`);
  document.title = `${channel} – Rosey`;
  const hash = `#${encodeURIComponent(channel)}`;
  if (location.hash !== hash) history.replaceState(null, "", hash);
  for (const id of ["text", "send", "reset"]) $(id).disabled = false;
  field.focus();
  if (isElsewhere) listen();
}

function listen() {
  state.ear?.close();
  turns.clear();
  state.isConnected = false;
  turns.isQuiet = true;
  report();
  describe();
  listModels();
  state.ear = new gateway.Ear(state.channel, {
    open() {
      state.isConnected = true;
      report();
    },
    async lost(attempts) {
      state.isConnected = false;
      report();
      if (attempts < 2) return;
      // Perhaps we are no longer let in.
      const session = await gateway.session().catch(() => null);
      if (session && session.needs_key && !session.signed_in) askForKey();
    },
    said: (fields) => turns.said(fields),
    piece: (fields) => turns.piece(fields),
    partial: (fields) => turns.piece(fields, true),
    answer(fields) {
      turns.answered(fields);
      if (!fields.provider && /^(Persona|Model) changed/.test(fields.text)) describe();
    },
    failed: (fields) => turns.failed(fields),
    here(fields) {
      // What was before is not read out; what comes is.
      turns.isQuiet = false;
      turns.settle(fields);
    },
    status(fields) {
      const wasThere = state.status.service && state.status.bus;
      state.status = fields;
      if (!wasThere && fields.service && fields.bus) {
        describe();
        listModels();
      }
      report();
    },
  });
}

// Saying something

async function say(text) {
  const message = { channel: state.channel, name: state.name, text, id: `web-${word()}` };
  turns.said({ id: message.id, name: state.name, text, at: Date.now() }, true);
  try {
    await gateway.send(message);
  } catch (trouble) {
    if (trouble.status === 401) askForKey();
    turns.lost(message.id, `Not sent. ${trouble.message}`, trouble.code);
  }
}

function submit() {
  const text = field.value.trim();
  if (!text || field.disabled) return;
  if (bytes(text) > 32768) {
    tell("This is too long to be sent at once.", true);
    return;
  }
  line.done(text);
  say(text);
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
  field.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open]") || !turns.isWaiting) return;
  event.preventDefault();
  stop();
});

function stop() {
  say("/stop");
  field.focus();
}

$("stop").addEventListener("click", stop);
$("reset").addEventListener("click", () => {
  say("/reset");
  field.focus();
});
$("latest").addEventListener("click", () => {
  turns.toEnd();
  field.focus();
});

// Persona and model

function options(select, names, current, labels = {}) {
  const all = current && !names.includes(current) ? [current, ...names] : names;
  select.replaceChildren(...all.map((name) => new Option(labels[name] ?? name, name, false, name === current)));
  select.disabled = all.length === 0;
  select.dataset.current = current ?? "";
}

async function describe() {
  const channel = state.channel;
  const found = await gateway.describe(channel).catch(() => null);
  if (!found || channel !== state.channel) return;
  options($("persona"), found.personas, found.persona);
  state.model = found.model;
  showModels();
}

async function listModels() {
  const found = await gateway.models().catch(() => null);
  state.models = found?.models ?? state.models ?? [];
  showModels();
}

function showModels() {
  options($("model"), ["default", ...(state.models ?? [])], state.model, { default: "The usual model" });
}

for (const [id, command] of [["persona", "persona"], ["model", "model"]]) {
  $(id).addEventListener("change", (event) => {
    const select = event.target;
    say(`/${command} ${select.value}`);
    // The service's word counts: it shows what is chosen when that is done.
    select.value = select.dataset.current;
    field.focus();
  });
}

// What stands around the conversation

function changed() {
  $("stop").hidden = !turns.isWaiting;
  $("latest").hidden = turns.isAtEnd;
}

function tell(text, isFault = false) {
  const status = $("status");
  if (status.textContent !== text) status.textContent = text;
  status.classList.toggle("fault", isFault);
}

function report() {
  if (!state.channel) return tell("");
  if (!state.isConnected) {
    return tell(state.ear?.attempts ? "Not connected to the gateway. Trying again …" : "Connecting …", Boolean(state.ear?.attempts));
  }
  if (!state.status.bus) return tell("The gateway has lost its message bus. It is trying to come back.", true);
  if (!state.status.service) return tell("No rosey-llm service is running behind the gateway. Nothing is answered until one is.", true);
  tell("Connected");
}

// Who and where

function askWho() {
  $("entry-channel").value = hashChannel() || state.channel || memory.get("channel") || "lobby";
  $("entry-name").value = state.name || memory.get("name");
  $("entry-fault").hidden = true;
  $("entry-cancel").hidden = !state.channel;
  if (!$("entry").open) $("entry").showModal();
  (hashChannel() && !state.channel ? $("entry-name") : $("entry-channel")).focus();
}

$("place").addEventListener("click", askWho);
$("entry-cancel").addEventListener("click", () => $("entry").close());
// Without a name there is nothing to go back to.
$("entry").addEventListener("cancel", (event) => { if (!state.channel) event.preventDefault(); });

$("entry-form").addEventListener("submit", (event) => {
  const [channel, name] = [$("entry-channel").value.trim(), $("entry-name").value.trim()];
  const fault = fits(channel, name);
  $("entry-fault").hidden = fault === null;
  $("entry-fault").textContent = fault ?? "";
  if (fault !== null) return event.preventDefault();
  enter(channel, name);
});

addEventListener("hashchange", () => {
  const channel = hashChannel();
  if (!channel || channel === state.channel || !state.name) return;
  if (fits(channel, state.name) === null) enter(channel, state.name);
});

// The key

function askForKey() {
  state.ear?.close();
  state.channel = "";
  $("sign-in-fault").hidden = true;
  if ($("entry").open) $("entry").close();
  if (!$("sign-in").open) $("sign-in").showModal();
  $("key").focus();
}

$("sign-in").addEventListener("cancel", (event) => event.preventDefault());

$("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await gateway.signIn($("key").value);
  } catch (trouble) {
    $("sign-in-fault").textContent = trouble.message;
    $("sign-in-fault").hidden = false;
    $("key").select();
    return;
  }
  $("key").value = "";
  $("sign-in").close();
  enterAtOnce();
});

$("sign-out").addEventListener("click", async () => {
  await gateway.signOut().catch(() => null);
  turns.clear();
  askForKey();
});

begin();
