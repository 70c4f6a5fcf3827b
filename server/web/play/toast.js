/** Short words about what just happened, above everything, and read out by screen readers. */

import { h } from "../common/dom.js";
import { icon } from "./icons.js";

const SHOWN_MS = 6000;
const SHOWN_MAX = 3;

export function createToasts() {
  const list = h("div", {
    class: "toasts",
    popover: "manual",
    role: "status",
    "aria-live": "polite",
  });
  document.body.append(list);

  const raise = (isShown) => {
    if (!list.showPopover) return; // Older browsers show it under open sheets.
    if (list.matches(":popover-open")) list.hidePopover();
    if (isShown) list.showPopover();
  };

  /**
   * @param {string} text
   * @param {{kind?: "good"|"bad"|"warn"|"plain", sign?: string}} [look]
   */
  return function toast(text, { kind = "plain", sign = "bell" } = {}) {
    const remove = () => {
      one.remove();
      if (!list.children.length) raise(false);
    };
    const one = h(
      "button",
      { class: `toast ${kind}`, type: "button", onclick: remove },
      icon(sign),
      h("span", {}, text),
    );
    while (list.children.length >= SHOWN_MAX) list.firstChild.remove();
    // Shown anew each time: only so it comes above a sheet that was opened meanwhile.
    raise(false);
    list.append(one);
    raise(true);
    setTimeout(remove, SHOWN_MS);
  };
}
