/** What this phone did, newest first, each with its ticks. */

import { timeOfDay } from "../common/clock.js";
import { fill, h, keyedList, setAttribute, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { icon } from "./icons.js";
import { isHarmless, keyOf, labelOf, outcomeOf, signOf } from "./outcome.js";

const SHOWN_FIRST = 8;

/** @param {import("./game.js").Game} game */
export function createActivity(game) {
  const list = h("ul", { class: "actions" });
  const waiting = h("span", { class: "badge warn", hidden: true });
  const empty = h("p", { class: "soft", hidden: true }, t("noActions"));
  const all = h("button", { class: "button quiet", type: "button", hidden: true }, t("showAll"));
  const note = h("p", { class: "notice warn", hidden: true }, t("notStored"));
  const update = keyedList(list, create, (node, action) => drawAction(node, action, game.model));
  const title = h("h2", { class: "section-title grow" }, t("activity"));
  const head = h("div", { class: "row section-head" }, title, waiting);
  const look = { class: "activity stack", "aria-label": t("activity") };
  const node = h("section", look, head, note, list, empty, all, key());
  let isWhole = false;
  all.addEventListener("click", () => {
    isWhole = true;
    draw();
  });

  function draw() {
    const actions = game.actions.reverse();
    update(isWhole ? actions : actions.slice(0, SHOWN_FIRST), keyOf);
    show(empty, !actions.length);
    show(all, !isWhole && actions.length > SHOWN_FIRST);
    show(note, !game.memory.isSafe);
    const count = game.waiting.length;
    show(waiting, count > 0);
    setText(waiting, t("waitHere", { count }));
  }
  return { node, draw };
}

/** What the ticks mean. */
function key() {
  const words = [icon("check"), t("keyAccepted"), icon("ticks"), t("keySaved")];
  return h("p", { class: "soft small ticks-key" }, words);
}

function create(action) {
  return h(
    "li",
    { class: "action", "data-test": "action", "data-n": action.n },
    h("span", { class: "action-sign" }),
    h(
      "span",
      { class: "grow" },
      h("span", { class: "action-label" }),
      h("span", { class: "action-outcome" }),
    ),
    h("time", { class: "soft number" }, action.madeAt ? timeOfDay(action.madeAt) : ""),
  );
}

function drawAction(node, action, model) {
  if (node.dataset.state !== action.state) {
    fill(
      node.firstChild,
      icon(signOf(action)),
      h("span", { class: "visually-hidden" }, t(`tick_${action.state}`)),
    );
  }
  setAttribute(node, "data-state", action.state);
  setAttribute(node, "data-harmless", isHarmless(action));
  setText(node.querySelector(".action-label"), labelOf(action, model));
  setText(node.querySelector(".action-outcome"), outcomeOf(action, model));
}
