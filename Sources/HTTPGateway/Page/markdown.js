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
