/** Dialogs: one at a time, closed by Escape, by a click beside it, or by its own buttons. */

import { h } from "../common/dom.js";
import { t } from "../common/texts.js";

/**
 * @param {string} title
 * @param {(close: () => void) => Array} build Makes what is in it.
 * @param {{onClose?: () => void, class?: string}} [options]
 * @returns {() => void} Closes it.
 */
export function openDialog(title, build, options = {}) {
  const close = () => dialog.close();
  const heading = h("h2", { id: "dialog-title" }, title);
  const cross = h(
    "button",
    { type: "button", class: "button quiet small", "aria-label": t("close"), onclick: close },
    "✕",
  );
  const dialog = h(
    "dialog",
    { "aria-labelledby": "dialog-title", class: options.class },
    h("div", { class: "row dialog-head" }, h("div", { class: "grow" }, heading), cross),
  );
  dialog.append(h("div", { class: "stack" }, build(close)));
  dialog.addEventListener("close", () => {
    dialog.remove();
    options.onClose?.();
  });
  dialog.addEventListener("mousedown", (event) => {
    if (event.target === dialog) close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return close;
}
