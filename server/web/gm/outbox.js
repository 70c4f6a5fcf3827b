/** This console's own commands with their two ticks: accepted, then saved. */

import { h, keyedList, setAttribute, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { describe } from "./sentences.js";

const TICKS = { queued: "◷", sent: "…", accepted: "✓", saved: "✓✓", refused: "✕" };
const SHOWN_MAX = 8;

/** @param {import("./desk.js").Desk} desk */
export function makeOutbox(desk) {
  const list = h("ol", { class: "plain outbox-list" });
  const summary = h("summary", { class: "outbox-last" });
  const node = h("details", { class: "outbox", hidden: true }, summary, list);
  const update = keyedList(list, makeLine, (line, action) => {
    setAttribute(line, "data-state", action.state);
    setText(line.tick, TICKS[action.state]);
    setText(line.word, t(`command_state_${action.state}`));
    setText(line.text, describe(desk.model, action.message));
  });
  return {
    node,
    draw() {
      const shown = desk.link.recent.slice(-SHOWN_MAX).reverse();
      show(node, shown.length > 0);
      if (!shown.length) return;
      const [last] = shown;
      setText(summary, `${TICKS[last.state]} ${describe(desk.model, last.message)}`);
      setAttribute(summary, "data-state", last.state);
      update(shown, (action) => action.n);
    },
  };
}

function makeLine(action) {
  const tick = h("span", { class: "tick", "aria-hidden": "true" });
  const text = h("span", { class: "grow" });
  const word = h("span", { class: "soft" });
  const node = h(
    "li",
    { class: "row", "data-test": "action", "data-n": action.n },
    tick,
    text,
    word,
  );
  return Object.assign(node, { tick, text, word });
}
