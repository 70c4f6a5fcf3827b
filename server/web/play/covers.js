/** What covers the page when it cannot go on: another tab plays, another device took over. */

import { fill, h, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { cairn } from "./icons.js";
import { endWords } from "./join.js";

/**
 * @param {import("./game.js").Game} game
 * @param {{takeOver: () => void}} tab
 */
export function createCover(game, tab) {
  const node = h("div", {
    class: "cover",
    role: "alertdialog",
    "data-test": "cover",
    hidden: true,
  });
  const comeBack = () => game.comeBack();
  let shown = "";

  /**
   * @param {boolean} isElsewhere Another tab has the game.
   * @returns {boolean} Whether the page is covered.
   */
  function draw(isElsewhere) {
    const end = game.hasSession ? game.end : null;
    const key = isElsewhere ? "tab" : end ? `end ${end.code}` : "";
    if (key === shown) return key !== "";
    shown = key;
    show(node, key !== "");
    if (isElsewhere) fill(node, card(t("otherTab"), t("otherTabText"), tab.takeOver));
    else if (end) fill(node, card(t("stopped"), endWords(end), comeBack));
    node.querySelector("button")?.focus();
    return key !== "";
  }
  return { node, draw };
}

function card(title, text, onclick) {
  const look = { class: "button primary wide", type: "button", "data-test": "take-over", onclick };
  return h(
    "div",
    { class: "card stack cover-card" },
    cairn(),
    h("h2", {}, title),
    h("p", {}, text),
    h("button", look, t("playHere")),
  );
}
