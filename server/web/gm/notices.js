/** Short notices in a corner, read out by screen readers: what came of a command. */

import { h } from "../common/dom.js";
import { t } from "../common/texts.js";

const SHOWN_MS = 7000;
const SHOWN_LONG_MS = 14_000;

export function makeNotices() {
  const polite = h("div", { class: "notices", role: "status", "aria-live": "polite" });
  const urgent = h("div", { class: "notices urgent", role: "alert" });
  const node = h("div", { class: "notice-corner" }, urgent, polite);

  /**
   * @param {string} text
   * @param {{level?: "good"|"warn"|"bad", action?: {label: string, act: () => void}}} [options]
   */
  function say(text, { level = "good", action = null } = {}) {
    const line = h("div", { class: `toast ${level}` }, h("span", { class: "grow" }, text));
    const drop = () => line.remove();
    if (action) line.append(actionButton(action, drop));
    line.append(
      h("button", { class: "button quiet small", "aria-label": t("close"), onclick: drop }, "✕"),
    );
    (level === "bad" ? urgent : polite).append(line);
    setTimeout(drop, action || level === "bad" ? SHOWN_LONG_MS : SHOWN_MS);
  }

  return { node, say };
}

function actionButton(action, drop) {
  const act = () => {
    drop();
    action.act();
  };
  return h("button", { type: "button", class: "button small", onclick: act }, action.label);
}
