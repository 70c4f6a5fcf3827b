/**
 * What is dangerous takes two clicks: the first one arms and tells the consequences, the second one
 * does it. Some seconds later, on Escape or when the focus goes elsewhere, it is disarmed.
 */

import { fill, h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { button } from "./parts.js";

const ARMED_MS = 10_000; // Long enough to read three sentences, short enough not to be forgotten.

/**
 * Whether somebody is at work in here: a dangerous button waits for its second click, or one is
 * being pressed. Then it is not drawn anew.
 */
export const isInUse = (node) => node.querySelector(".armed.card:not([hidden]), :active") !== null;

/**
 * @param {Object} options
 * @param {string} options.label
 * @param {string} options.confirm What the second button says.
 * @param {() => (string|Node)[]} options.consequences
 * @param {() => void} options.act
 * @param {string} [options.test]
 * @param {string} [options.class]
 * @returns {HTMLElement} With a `button`, the first step's.
 */
export function twoStep(options) {
  let timer = 0;
  const panel = h("div", { class: "armed card", role: "group", tabindex: "-1", hidden: true });
  const first = button(options.label, () => (panel.hidden ? arm() : disarm()), {
    class: `danger ${options.class ?? "small"}`,
    "data-test": options.test,
    "aria-expanded": "false",
  });
  function set(isArmed) {
    clearTimeout(timer);
    panel.hidden = !isArmed;
    first.classList.toggle("armed", isArmed);
    first.setAttribute("aria-expanded", String(isArmed));
  }
  const disarm = () => set(false);
  function arm() {
    fill(panel, armedParts(options, disarm));
    set(true);
    timer = setTimeout(disarm, ARMED_MS);
    panel.scrollIntoView({ block: "nearest" });
    panel.focus({ preventScroll: true }); // Not the second button: a key that is held down must not press it.
  }
  const onfocusout = ({ relatedTarget: next }) => next && !node.contains(next) && disarm();
  const onkeydown = (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    event.preventDefault();
    event.stopPropagation();
    disarm();
    first.focus();
  };
  const node = h("span", { class: "two-step", onkeydown, onfocusout }, first, panel);
  node.button = first;
  return node;
}

function armedParts(options, disarm) {
  const act = () => {
    disarm();
    options.act();
  };
  const lines = options.consequences().map((line) => h("li", {}, line));
  const confirm = button(options.confirm, act, {
    class: "danger armed small",
    "data-test": "confirm",
  });
  const cancel = button(t("cancel"), disarm, { class: "quiet small" });
  return [
    h("ul", { class: "consequences" }, lines),
    h("div", { class: "row" }, confirm, cancel),
    h("div", { class: "fuse", "aria-hidden": "true" }),
  ];
}
