/** All hunts of this server: look at one, seed a plan, print the join cards. */

import { fill, h, keyedList, setAttribute, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { makeCards } from "./cards.js";
import { PHASE_SIGNS, phaseWord } from "./clock.js";
import { setFlag } from "./flags.js";
import { button, cardHead } from "./parts.js";
import { peek } from "./peek.js";
import { makeSeed } from "./seed.js";
import { languageChoice } from "./signin.js";

const PEEKS_MAX = 30; // Hunts whose phase is asked for; more than one evening has.

/** @param {import("./desk.js").Desk} desk */
export function makeHuntsArea(desk) {
  const seen = new Map();
  const list = h("ul", { class: "plain hunt-list" });
  const draw = (row, id) => drawRow(desk, row, id, seen.get(id));
  const update = keyedList(list, (id) => makeRow(desk, id), draw);
  const cards = makeCards(desk);
  const seed = makeSeed(desk);
  const refresh = button(t("refresh"), () => lookAround(desk, seen), { class: "quiet small" });
  const none = h("p", { class: "soft calm" }, t("noHuntYet"));
  const hunts = h("section", { class: "card" }, cardHead(t("area_hunts"), refresh, 1), list, none);
  const language = h("section", { class: "card" }, cardHead(t("language"), languageChoice()));
  const column = h("div", { class: "stack column" }, hunts, cards.node, language);
  return {
    node: h("div", { class: "split even" }, column, seed.node),
    draw() {
      update(desk.model.hunts, (id) => id);
      show(none, desk.model.hunts.length === 0);
      cards.draw();
      seed.draw();
    },
    onShown: () => lookAround(desk, seen),
  };
}

/** Ask for the phase of each other hunt, as anybody may who watches. */
async function lookAround(desk, seen) {
  for (const id of desk.model.hunts.slice(0, PEEKS_MAX)) {
    if (id === desk.model.hunt?.id) continue;
    const hunt = await peek(id);
    if (hunt) seen.set(id, hunt);
    desk.redraw();
  }
}

function makeRow(desk, id) {
  const parts = {
    title: h("b"),
    phase: h("span", { class: "badge" }),
    look: h("button", {
      type: "button",
      class: "button small",
      "data-test": "hunt",
      "data-hunt": id,
      onclick: () => desk.link.look(id),
    }),
  };
  const node = h(
    "li",
    { class: "row hunt-row", "data-hunt-row": id },
    h(
      "div",
      { class: "grow" },
      h("div", {}, parts.title),
      h("span", { class: "mono soft small" }, id),
    ),
    parts.phase,
    parts.look,
  );
  return Object.assign(node, { parts });
}

function drawRow(desk, row, id, seen) {
  const isInView = desk.model.hunt?.id === id;
  const hunt = isInView ? desk.model.hunt : seen;
  const { title, phase, look } = row.parts;
  setText(title, hunt?.title ?? id);
  show(phase, Boolean(hunt));
  if (hunt) setText(phase, `${PHASE_SIGNS[hunt.phase]} ${phaseWord(hunt.phase)}`);
  setFlag(row, "aria-current", isInView);
  setAttribute(look, "disabled", isInView);
  fill(look, isInView ? `✓ ${t("inView")}` : t("lookAt"));
}
