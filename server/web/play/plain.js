/** A clue in one line, for lists: its Markdown without the marks. */

import { markdown } from "../common/markdown.js";

const known = new Map();

/** @param {string} text */
export function plain(text) {
  if (!text) return "";
  if (!known.has(text)) {
    known.set(text, markdown(text).map(inOneLine).join(" "));
  }
  return known.get(text);
}

/** What a block says, with spaces where its lines and items end. */
function inOneLine(node) {
  for (const end of node.querySelectorAll("br, li + li")) end.before(" ");
  return node.textContent;
}
