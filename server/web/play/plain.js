/** A clue in one line, for lists: its Markdown without the marks. */

import { markdown } from "../common/markdown.js";

const known = new Map();

/** @param {string} text */
export function plain(text) {
  if (!text) return "";
  if (!known.has(text)) {
    known.set(
      text,
      markdown(text)
        .map((node) => node.textContent)
        .join(" "),
    );
  }
  return known.get(text);
}
