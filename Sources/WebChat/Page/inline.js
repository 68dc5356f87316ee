// The part of Markdown that stands within a paragraph: bold, code, links. One pass from left to right; a mark that is not
// closed is a mark.

const maxDepth = 6;
// Longer paragraphs are shown without bold, links and the like: nobody writes them, and nobody is to wait for them.
const maxInline = 20000;

/** An element with these children; texts stay texts. */
export function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

const escapable = "\\`*_{}[]()#+-.!|<>~";

/** A text as nodes. */
export function inline(text, depth = 0) {
  if (text.length > maxInline || depth > maxDepth) return [text];
  const nodes = [];
  let plain = "";
  // Marks of which no more are to come need not be looked for again.
  const missing = new Set();
  const flush = () => {
    if (plain) nodes.push(plain);
    plain = "";
  };
  let index = 0;
  while (index < text.length) {
    const found = special(text, index, depth, missing);
    if (!found) {
      plain += text[index];
      index += 1;
    } else if (typeof found.node === "string") {
      plain += found.node;
      index = found.end;
    } else {
      flush();
      nodes.push(found.node);
      index = found.end;
    }
  }
  flush();
  return nodes;
}

function special(text, index, depth, missing) {
  switch (text[index]) {
    case "\\":
      if (index + 1 < text.length && escapable.includes(text[index + 1])) return { node: text[index + 1], end: index + 2 };
      return null;
    case "\n":
      return { node: element("br"), end: index + 1 };
    case "`": return codeSpan(text, index, missing);
    case "*": case "_": case "~": return emphasis(text, index, depth, missing);
    case "[": return namedLink(text, index, depth);
    case "h": return bareLink(text, index);
    case "<": {
      const match = /^<((?:https?:\/\/|mailto:)[^\s<>]{1,2000})>/.exec(text.slice(index, index + 2020));
      return match ? linked(match[1], [match[1]], index + match[0].length) : null;
    }
    default: return null;
  }
}

function codeSpan(text, index, missing) {
  const mark = /^`+/.exec(text.slice(index, index + 20))[0];
  if (missing.has(mark)) return { node: mark, end: index + mark.length };
  let end = text.indexOf(mark, index + mark.length);
  while (end >= 0 && text[end + mark.length] === "`") {
    end += mark.length;
    while (text[end] === "`") end += 1;
    end = text.indexOf(mark, end);
  }
  if (end < 0) {
    missing.add(mark);
    return { node: mark, end: index + mark.length };
  }
  const inner = text.slice(index + mark.length, end).replace(/\n/g, " ");
  return { node: element("code", inner.length > 2 && /^ .* $/.test(inner) ? inner.slice(1, -1) : inner), end: end + mark.length };
}

function emphasis(text, index, depth, missing) {
  const letter = text[index];
  let length = 1;
  while (length < 3 && text[index + length] === letter) length += 1;
  const isWord = (at) => at >= 0 && at < text.length && /[\p{L}\p{N}]/u.test(text[at]);
  const mark = letter.repeat(length);
  const asIs = { node: mark, end: index + length };
  if (letter === "~" && length !== 2) return asIs;
  // Names_with_underscores are no emphasis.
  if (letter === "_" && isWord(index - 1)) return asIs;
  if (missing.has(mark) || !text[index + length] || /\s/.test(text[index + length])) return asIs;
  let end = text.indexOf(mark, index + length);
  while (end >= 0) {
    const isRight = !/\s/.test(text[end - 1]) && text[end - 1] !== "\\" && end > index + length;
    const after = text[end + length];
    if (isRight && after !== letter && !(letter === "_" && isWord(end + length))) break;
    // A longer run of the mark may end more than one.
    end = text.indexOf(mark, after === letter && isRight && text[end + length + 1] !== letter ? end + 1 : end + length);
  }
  if (end < 0) {
    missing.add(mark);
    return asIs;
  }
  const children = inline(text.slice(index + length, end), depth + 1);
  const names = letter === "~" ? ["del"] : [["em"], ["strong"], ["em", "strong"]][length - 1];
  const node = names.reduceRight((inner, name) => [element(name, ...inner)], children)[0];
  return { node, end: end + length };
}

function namedLink(text, index, depth) {
  const match = /^\[([^[\]\n]{1,1000})\]\(\s*<?([^\s()<>]{1,2000}(?:\([^\s()]{0,200}\)[^\s()<>]{0,200})?)>?(?:\s+"[^"\n]{0,200}")?\s*\)/
    .exec(text.slice(index, index + 3600));
  return match ? linked(match[2], inline(match[1], depth + 1), index + match[0].length) : null;
}

function bareLink(text, index) {
  if (index > 0 && /[\p{L}\p{N}]/u.test(text[index - 1])) return null;
  const match = /^https?:\/\/[^\s<>"'`\]]{1,2000}/.exec(text.slice(index, index + 2010));
  if (!match) return null;
  let address = match[0];
  while (".,;:!?*_~".includes(address.at(-1))) address = address.slice(0, -1);
  if (address.endsWith(")") && !address.includes("(")) address = address.slice(0, -1);
  return linked(address, [address], index + address.length);
}

const schemes = new Set(["http:", "https:", "mailto:"]);

// Nil where it leads nowhere that a text may lead to: then it stays as it is written.
function linked(address, children, end) {
  let url;
  try { url = new URL(address); } catch { return null; }
  if (!schemes.has(url.protocol)) return null;
  const made = element("a", ...children);
  made.href = url.href;
  made.target = "_blank";
  made.rel = "noopener noreferrer nofollow";
  // Who reads it is to see where it leads.
  made.title = url.href;
  return { node: made, end };
}
