/** The parts that every area is made of. */

import { fill, h } from "../common/dom.js";
import { t } from "../common/texts.js";

/**
 * @param {string} label
 * @param {() => void} onclick
 * @param {Object} [more] `class` adds to the usual ones; other attributes.
 */
export function button(label, onclick, { class: kind = "small", ...more } = {}) {
  return h("button", { type: "button", class: `button ${kind}`, onclick, ...more }, label);
}

/** The button that sends a form off. */
export function submit(label, { class: kind = "primary", ...more } = {}) {
  return h("button", { type: "submit", class: `button ${kind}`, ...more }, label);
}

/** An input with its name above. */
export function labelled(name, input) {
  return h("label", { class: "field" }, h("span", {}, name), input);
}

/**
 * @param {[string, string][]} options Values and what people read.
 * @param {Object} [props]
 */
export function select(options, { class: kind = "", ...props } = {}) {
  const made = options.map(([value, word]) => h("option", { value }, word));
  return h("select", { class: `input ${kind}`, ...props }, made);
}

/**
 * Other options for a select; what was chosen stays so, while it is one of them.
 * @param {HTMLSelectElement} node
 * @param {Node[]} options
 */
export function refillSelect(node, options) {
  const { value } = node;
  node.replaceChildren(...options);
  if ([...node.options].some((option) => option.value === value)) node.value = value;
}

/** The head of a card; `level` 1 for the one that names the area. */
export function cardHead(title, more = [], level = 2) {
  return h("div", { class: "card-head row" }, h(`h${level}`, { class: "grow" }, title), more);
}

/** A card with a list of which one thing is chosen. */
export function tableCard(title, columns, body, more = []) {
  const heads = columns.map((key) => h("th", { scope: "col" }, t(`column_${key}`)));
  const table = h("table", { class: "table pickable" }, h("thead", {}, h("tr", {}, heads)), body);
  return h(
    "section",
    { class: "card list-card" },
    cardHead(title, more, 1),
    h("div", { class: "table-scroll" }, table),
  );
}

export const soft = (...children) => h("p", { class: "soft" }, children);

/** Replace everything in a panel; whoever is at a button by keyboard stays there. */
export function refill(node, ...children) {
  const names = ["data-test", "data-place"];
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  const wanted = names
    .filter((name) => focused?.hasAttribute(name))
    .map((name) => `[${name}="${CSS.escape(focused.getAttribute(name))}"]`)
    .join("");
  fill(node, children);
  if (wanted) node.querySelector(wanted)?.focus();
}
