// Markdown as models write it, as elements. No text ever becomes HTML: what is not understood stays as it is written.

import { element, inline } from "./inline.js";
import { copyButton } from "./parts.js";

const maxDepth = 6;

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

// Lines to blocks: { kind, … } of plain values. While an answer comes, all of it is read again with each of its words, and
// whoever writes it may mean harm: every step takes as long as what it reads is long, and no longer. Patterns have no two
// neighbours that both take the same character, and nothing is looked for from the beginning again.

// Longer lines are shown as they are: nobody writes them.
const maxLine = 4000;
const maxColumns = 30;
// Of a table, the missing ones too. What is beyond is shown as it is.
const maxCells = 10000;

const fenceMark = /^ {0,3}(`{3,}(?!`)|~{3,}(?!~))/;
const headingMark = /^ {0,3}(#{1,6})\s/;
const rule = /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/;
const quote = /^ {0,3}> ?/;
const itemMark = /^( {0,8})([-*+]|\d{1,9}[.)])(?=\s)/;
const tableRule = /^:?-+:?$/;

const isBlank = (line) => !line.trim();
const indentOf = (line) => /^ */.exec(line)[0].length;

function blocks(lines) {
  const found = [];
  const texts = nextTexts(lines);
  let index = 0;
  while (index < lines.length) {
    const line = lines[index];
    let match;
    if (isBlank(line)) {
      index = texts[index];
    } else if (line.length > maxLine) {
      found.push({ kind: "plain", text: line });
      index += 1;
    } else if ((match = fence(line))) {
      const end = closing(lines, index + 1, match.mark);
      const indent = new RegExp(`^ {0,${indentOf(line)}}`);
      const body = lines.slice(index + 1, end).map((each) => each.replace(indent, ""));
      found.push({ kind: "code", language: match.language, text: body.join("\n") });
      index = end + 1;
    } else if ((match = heading(line))) {
      found.push({ kind: "heading", ...match });
      index += 1;
    } else if (rule.test(line)) {
      found.push({ kind: "rule" });
      index += 1;
    } else if (quote.test(line)) {
      const end = run(lines, index, (each) => quote.test(each));
      found.push({ kind: "quote", lines: lines.slice(index, end).map((each) => each.replace(quote, "")) });
      index = end;
    } else if (item(line)) {
      index = list(lines, texts, index, found);
    } else if (line.includes("|") && index + 1 < lines.length && isTable(line, lines[index + 1])) {
      const last = index + 2 + Math.floor(maxCells / cells(line).length);
      const end = run(lines, index + 2, (each, at) => each.includes("|") && each.length <= maxLine && at < last);
      found.push({ kind: "table", head: cells(line), rows: lines.slice(index + 2, end).map(cells) });
      index = end;
    } else {
      const end = run(lines, index + 1, (each) => !isBlank(each) && !begins(each));
      found.push({ kind: "paragraph", text: lines.slice(index, end).join("\n") });
      index = end;
    }
  }
  return found;
}

// For each line the next that is not blank, itself included, or the end.
function nextTexts(lines) {
  const next = new Array(lines.length + 1);
  next[lines.length] = lines.length;
  for (let index = lines.length - 1; index >= 0; index -= 1) next[index] = isBlank(lines[index]) ? next[index + 1] : index;
  return next;
}

// Whether a line is no more of the paragraph before it.
function begins(line) {
  return line.length > maxLine || Boolean(fence(line) || heading(line) || rule.test(line) || quote.test(line) || item(line));
}

function run(lines, start, holds) {
  let end = start;
  while (end < lines.length && holds(lines[end], end)) end += 1;
  return end;
}

function fence(line) {
  const match = fenceMark.exec(line);
  if (!match) return null;
  const rest = line.slice(match[0].length);
  return rest.includes("`") ? null : { mark: match[1], language: rest.trim().split(/\s/)[0] };
}

// The line that ends a block of code, or the end of the text, where the model is still writing it.
function closing(lines, start, mark) {
  return run(lines, start, (line) => {
    const trimmed = line.trim();
    return trimmed.length < mark.length || [...trimmed].some((each) => each !== mark[0]);
  });
}

function heading(line) {
  const match = headingMark.exec(line);
  if (!match) return null;
  const text = line.slice(match[0].length).trim();
  let end = text.length;
  while (text[end - 1] === "#") end -= 1;
  // Marks at the end are none of it, but for those of a word.
  const isClosed = end === 0 || isBlank(text[end - 1]);
  return { level: match[1].length, text: isClosed ? text.slice(0, end).trim() : text };
}

// The beginning of an item of a list: how far it stands in, its mark, the spaces after that, and its text.
function item(line) {
  const match = line.length > maxLine ? null : itemMark.exec(line);
  if (!match) return null;
  const rest = line.slice(match[0].length);
  const text = rest.trimStart();
  const isOrdered = match[2].length > 1;
  return { indent: match[1].length, mark: match[2], isOrdered, gap: rest.length - text.length, text };
}

function list(lines, texts, start, found) {
  const first = item(lines[start]);
  const items = [];
  let index = start;
  while (index < lines.length) {
    const match = item(lines[index]);
    if (!match || rule.test(lines[index]) || match.isOrdered !== first.isOrdered) break;
    if (match.indent > first.indent + 1) break;
    const indent = match.indent + match.mark.length + Math.min(match.gap, 4);
    const body = [match.text];
    index += 1;
    while (index < lines.length) {
      const line = lines[index];
      const next = texts[index];
      if (next > index) {
        // A blank line is of the item if what comes after it is.
        if (next === lines.length || indentOf(lines[next]) < Math.min(indent, match.indent + 2)) break;
      } else if (indentOf(line) < match.indent + 2 && (begins(line) || isBlank(lines[index - 1]))) {
        break;
      }
      body.push(line.slice(Math.min(indentOf(line), indent)));
      index += 1;
    }
    items.push(body);
    // Blank lines between two items of one list.
    const next = texts[index];
    if (next > index && next < lines.length) {
      const more = item(lines[next]);
      if (more && more.indent === match.indent && more.isOrdered === first.isOrdered) index = next;
    }
  }
  found.push({ kind: "list", isOrdered: first.isOrdered, start: first.isOrdered ? parseInt(first.mark, 10) : 1, items });
  return index;
}

function isTable(head, line) {
  if (!line.includes("-") || line.length > maxLine) return false;
  const all = split(line);
  return all.every((cell) => tableRule.test(cell)) && cells(head).length === Math.min(all.length, maxColumns);
}

function cells(line) {
  return split(line).slice(0, maxColumns);
}

function split(line) {
  let text = line.trim();
  if (text.startsWith("|")) text = text.slice(1);
  if (text.endsWith("|")) text = text.slice(0, -1);
  return text.split("|").map((cell) => cell.trim());
}

// Blocks to elements.

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
      const made = element("p", ...(block.kind === "plain" ? [block.text] : inline(block.text)));
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
  const copy = copyButton(() => block.text);
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
