/**
 * What is dangerous takes two clicks: the first one arms and tells the consequences, the second one
 * does it. Some seconds later, on Escape or when the focus goes elsewhere, it is disarmed.
 */

import { fill, h } from "../common/dom.js";
import { t } from "../common/texts.js";

const ARMED_MS = 10_000; // Long enough to read three sentences, short enough not to be forgotten.

/** Whether a dangerous button in here waits for its second click: then it is not drawn anew. */
export const isArmedIn = (node) => node.querySelector(".armed.card:not([hidden])") !== null;

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
  const panel = h("div", { class: "armed card", role: "group", hidden: true });
  const first = h(
    "button",
    {
      type: "button",
      class: `button danger ${options.class ?? "small"}`,
      "data-test": options.test,
      "aria-expanded": "false",
      onclick: () => (panel.hidden ? arm() : disarm()),
    },
    options.label,
  );
  const node = h(
    "span",
    { class: "two-step", onkeydown: onKey, onfocusout: onLeave },
    first,
    panel,
  );
  node.button = first;

  function onKey(event) {
    if (event.key !== "Escape" || panel.hidden) return;
    event.stopPropagation();
    disarm();
    first.focus();
  }

  function onLeave(event) {
    if (event.relatedTarget && !node.contains(event.relatedTarget)) disarm();
  }

  function disarm() {
    clearTimeout(timer);
    panel.hidden = true;
    first.classList.remove("armed");
    first.setAttribute("aria-expanded", "false");
  }

  function arm() {
    fill(panel, armedParts(options, disarm));
    panel.hidden = false;
    first.classList.add("armed");
    first.setAttribute("aria-expanded", "true");
    panel.querySelector("[data-test=confirm]").focus();
    timer = setTimeout(disarm, ARMED_MS);
  }

  return node;
}

function armedParts(options, disarm) {
  const confirm = () => {
    disarm();
    options.act();
  };
  return [
    h(
      "ul",
      { class: "consequences" },
      options.consequences().map((line) => h("li", {}, line)),
    ),
    h(
      "div",
      { class: "row" },
      h(
        "button",
        {
          type: "button",
          class: "button danger armed small",
          "data-test": "confirm",
          onclick: confirm,
        },
        options.confirm,
      ),
      h("button", { type: "button", class: "button quiet small", onclick: disarm }, t("cancel")),
    ),
    h("div", { class: "fuse", "aria-hidden": "true" }),
  ];
}
