/** Sheets that come up from below (on wide screens: in the middle), and asking twice. */

import { h, setText } from "../common/dom.js";
import { t } from "../common/texts.js";
import { icon } from "./icons.js";

/**
 * @param {{label: string, onClose?: () => void, class?: string}} options
 * @returns {{node: HTMLDialogElement, body: HTMLElement, foot: HTMLElement, open: () => void,
 *   close: () => void, isOpen: boolean, title: (text: string) => void}}
 */
export function createSheet(options) {
  const heading = h("h2", { class: "sheet-title", tabindex: "-1" }, options.label);
  const close = h(
    "button",
    {
      class: "sheet-close",
      type: "button",
      "aria-label": t("close"),
      onclick: () => node.close(),
    },
    icon("cross"),
  );
  const body = h("div", { class: "sheet-body" });
  const node = h(
    "dialog",
    { class: `sheet ${options.class ?? ""}` },
    h("header", { class: "sheet-head" }, heading, close),
    body,
  );
  node.addEventListener("click", (event) => event.target === node && node.close());
  node.addEventListener("close", () => options.onClose?.());
  document.body.append(node);
  return {
    node,
    body,
    open() {
      if (!node.open) node.showModal();
      heading.focus();
    },
    close: () => node.close(),
    get isOpen() {
      return node.open;
    },
    title: (text) => setText(heading, text),
  };
}

/**
 * A button that asks before it acts: the first tap shows what will happen.
 * @param {{label: string, confirm: string, test: string, act: () => void}} what
 */
export function twoStep({ label, confirm, test, act }) {
  const button = (look, data, words, onclick) =>
    h("button", { class: `button ${look}`, type: "button", "data-test": data, onclick }, words);
  const words = h("p", {});
  const first = button("danger", test, label, () => arm(true));
  const second = button("danger armed", `${test}-confirm`, confirm, act);
  const back = button("", null, t("cancel"), () => arm(false));
  const answers = h("div", { class: "row wrap" }, second, back);
  const asking = h("div", { class: "stack two-step", hidden: true }, words, answers);
  const arm = (isArmed) => {
    first.hidden = isArmed;
    asking.hidden = !isArmed;
    (isArmed ? second : first).focus();
  };
  return {
    node: h("div", {}, first, asking),
    ask: (text) => setText(words, text),
    reset: () => arm(false),
  };
}
