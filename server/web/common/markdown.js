/**
 * The simple Markdown of clues and announcements, as nodes: paragraphs, line breaks, lists,
 * `*emphasis*`, `**strong**`, `` `code` `` and links to http and https. No HTML, no images:
 * whatever else looks like markup is text.
 */

import { h } from "./dom.js";

const INLINE =
  /(\*\*(?=\S)[^*\n]+?\*\*|\*(?=\S)[^*\n]+?\*|`[^`\n]+`|\[[^\]\n]+\]\(https?:\/\/[^\s()<>"']+\))/;
const ITEM = /^\s*(?:[-*•]|\d+[.)])\s+(.*)$/;

/**
 * @param {string} text
 * @returns {Node[]}
 */
export function markdown(text) {
  const blocks = String(text ?? "")
    .replace(/\r\n?/g, "\n")
    .split(/\n{2,}/);
  return blocks.filter((block) => block.trim()).map(block);
}

function block(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  if (lines.every((line) => ITEM.test(line))) {
    const tag = /^\s*\d/.test(lines[0]) ? "ol" : "ul";
    return h(tag, {}, lines.map((line) => h("li", {}, inline(ITEM.exec(line)[1]))));
  }
  const parts = lines.flatMap((line, index) => (index ? [h("br"), inline(line)] : [inline(line)]));
  return h("p", {}, parts);
}

function inline(text) {
  return text.split(INLINE).filter(Boolean).map(span);
}

function span(part) {
  if (!INLINE.test(part)) return part;
  if (part.startsWith("**")) return h("strong", {}, part.slice(2, -2));
  if (part.startsWith("*")) return h("em", {}, part.slice(1, -1));
  if (part.startsWith("`")) return h("code", {}, part.slice(1, -1));
  const [, words, address] = /^\[([^\]]+)\]\((.+)\)$/.exec(part);
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, words);
}
