// Names, and what the browser keeps of them.

/** What the browser keeps. It may be told not to. */
export const memory = {
  get(key) { try { return localStorage.getItem(`rosey.${key}`) ?? ""; } catch { return ""; } },
  set(key, value) { try { localStorage.setItem(`rosey.${key}`, value); } catch { /* then it is asked for again */ } },
};

/** How long a text is where it goes. */
export const bytes = (text) => new TextEncoder().encode(text).length;

/** Null, or what is wrong. */
export function fits(channel, name) {
  if (!channel.trim()) return "A channel is needed.";
  if (bytes(channel) > 256) return "This channel's name is too long.";
  if (!name.trim()) return "A name is needed.";
  if (bytes(name) > 64) return "This name is too long.";
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)) return "This name has characters that cannot be seen.";
  // As the gateway reads names.
  if (name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "") === "rosey") return "This is the bot's name. Choose another one.";
  return null;
}

/** A word that nobody else has. */
export function word() {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
