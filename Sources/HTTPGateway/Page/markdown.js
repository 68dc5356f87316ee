// Markdown as models write it, as elements. No text ever becomes HTML: what is not understood stays as it is written.

const maxDepth = 6;
// Longer paragraphs are shown without bold, links and the like: nobody writes them, and nobody is to wait for them.
const maxInline = 20000;

/**
 * Shows a text. What has not changed since it was last shown there is left alone, so that an answer can be shown again
 * with each of its words, and what somebody has selected in it stays selected.
 */
export function show(container, text) {
  const found = blocks(text.replace(/\r\n?/g, "\n").split("\n"));
  const children = [...container.children];
  found.forEach((block, index) => {
    const source = JSON.stringify(block);
    const known = children[index];
    if (known && known.source === source) return;
    const element = build(block, 0);
    element.source = source;
    if (known) known.replaceWith(element);
    else container.append(element);
  });
  for (const child of children.slice(found.length)) child.remove();
}

// Lines to blocks: { kind, … } of plain values.

const fence = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/;
const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const rule = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const quote = /^ {0,3}> ?/;
const item = /^( {0,8})([-*+]|\d{1,9}[.)])(\s+)(.*)$/;
const tableRule = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

function blocks(lines) {
  const found = [];
  let index = 0;
  while (index < lines.length) {
    const line = lines[index];
    let match;
    if (!line.trim()) {
      index += 1;
    } else if ((match = fence.exec(line))) {
      const end = closing(lines, index + 1, match[1]);
      const indent = /^ */.exec(line)[0].length;
      const body = lines.slice(index + 1, end).map((each) => each.replace(new RegExp(`^ {0,${indent}}`), ""));
      found.push({ kind: "code", language: match[2].trim().split(/\s/)[0] ?? "", text: body.join("\n") });
      index = end + 1;
    } else if ((match = heading.exec(line))) {
      found.push({ kind: "heading", level: match[1].length, text: match[2] });
      index += 1;
    } else if (rule.test(line)) {
      found.push({ kind: "rule" });
      index += 1;
    } else if (quote.test(line)) {
      const end = run(lines, index, (each) => quote.test(each));
      found.push({ kind: "quote", lines: lines.slice(index, end).map((each) => each.replace(quote, "")) });
      index = end;
    } else if (item.test(line)) {
      index = list(lines, index, found);
    } else if (line.includes("|") && index + 1 < lines.length && isTable(line, lines[index + 1])) {
      const end = run(lines, index + 2, (each) => each.includes("|"));
      found.push({ kind: "table", head: cells(line), rows: lines.slice(index + 2, end).map(cells) });
      index = end;
    } else {
      const end = run(lines, index + 1, (each) => each.trim() && !begins(each));
      found.push({ kind: "paragraph", text: lines.slice(index, end).join("\n") });
      index = end;
    }
  }
  return found;
}

function begins(line) {
  return fence.test(line) || heading.test(line) || rule.test(line) || quote.test(line) || item.test(line);
}

function run(lines, start, holds) {
  let end = start;
  while (end < lines.length && holds(lines[end])) end += 1;
  return end;
}

// The line that ends a block of code, or the end of the text, where the model is still writing it.
function closing(lines, start, mark) {
  const end = lines.findIndex((line, index) => {
    const trimmed = line.trim();
    return index >= start && trimmed.length >= mark.length && [...trimmed].every((each) => each === mark[0]);
  });
  return end < 0 ? lines.length : end;
}

function list(lines, start, found) {
  const first = item.exec(lines[start]);
  const isOrdered = /\d/.test(first[2]);
  const items = [];
  let index = start;
  while (index < lines.length) {
    const match = item.exec(lines[index]);
    if (!match || rule.test(lines[index]) || /\d/.test(match[2]) !== isOrdered) break;
    if (match[1].length > first[1].length + 1) break;
    const indent = match[1].length + match[2].length + Math.min(match[3].length, 4);
    const body = [match[4]];
    index += 1;
    while (index < lines.length) {
      const line = lines[index];
      const inside = /^ */.exec(line)[0].length;
      const isBlank = !line.trim();
      const next = lines.slice(index).find((each) => each.trim());
      if (isBlank && !(next && /^ */.exec(next)[0].length >= Math.min(indent, match[1].length + 2))) break;
      if (!isBlank && inside < match[1].length + 2 && (begins(line) || !lines[index - 1].trim())) break;
      body.push(line.slice(Math.min(inside, indent)));
      index += 1;
    }
    items.push(body);
    // A blank line between two items of one list.
    if (index < lines.length && !lines[index].trim()) {
      const next = lines.findIndex((each, at) => at > index && each.trim());
      const more = next < 0 ? null : item.exec(lines[next]);
      if (more && more[1].length === match[1].length && /\d/.test(more[2]) === isOrdered) index = next;
    }
  }
  found.push({ kind: "list", isOrdered, start: isOrdered ? parseInt(first[2], 10) : 1, items });
  return index;
}

function isTable(head, line) {
  return line.includes("-") && tableRule.test(line) && cells(head).length === cells(line).length;
}

function cells(line) {
  const trimmed = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  return trimmed.split("|").slice(0, 30).map((cell) => cell.trim());
}

// Blocks to elements.

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

function build(block, depth) {
  switch (block.kind) {
    case "code": return code(block);
    case "rule": return element("hr");
    case "heading": {
      // The page has the first two levels.
      const made = element(`h${Math.min(6, block.level + 2)}`, ...inline(block.text));
      made.dir = "auto";
      return made;
    }
    case "quote": return element("blockquote", ...nested(block.lines, depth));
    case "list": {
      const made = element(block.isOrdered ? "ol" : "ul");
      if (block.isOrdered && block.start !== 1) made.start = block.start;
      for (const lines of block.items) made.append(listItem(lines, depth));
      return made;
    }
    case "table": return table(block);
    default: {
      const made = element("p", ...inline(block.text));
      made.dir = "auto";
      return made;
    }
  }
}

function nested(lines, depth) {
  if (depth >= maxDepth) return [element("p", lines.join("\n"))];
  return blocks(lines).map((block) => build(block, depth + 1));
}

function listItem(lines, depth) {
  const made = element("li");
  made.dir = "auto";
  const children = nested(lines, depth);
  // One that is a line only needs no paragraph.
  if (children[0]?.tagName === "P") children.splice(0, 1, ...children[0].childNodes);
  made.append(...children);
  return made;
}

function code(block) {
  const copy = element("button", "Copy");
  copy.type = "button";
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(block.text);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Cannot copy";
    }
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  });
  const label = element("div", element("span", block.language.slice(0, 40) || "text"), copy);
  label.className = "label";
  const pre = element("pre", element("code", block.text));
  pre.tabIndex = 0;
  pre.dir = "ltr";
  const made = element("div", label, pre);
  made.className = "code";
  return made;
}

function table(block) {
  const row = (cellName, each) => element("tr", ...each.map((cell) => {
    const made = element(cellName, ...inline(cell));
    made.dir = "auto";
    return made;
  }));
  const width = block.head.length;
  const fit = (each) => Array.from({ length: width }, (_, index) => each[index] ?? "");
  const made = element("div", element("table",
    element("thead", row("th", block.head)), element("tbody", ...block.rows.map((each) => row("td", fit(each))))));
  made.className = "table";
  made.tabIndex = 0;
  return made;
}

// Text within a block. One pass from left to right; a mark that is not closed is a mark.

const escapable = "\\`*_{}[]()#+-.!|<>~";

function inline(text, depth = 0) {
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
  let address = match[0].replace(/[.,;:!?*_~]+$/, "");
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
