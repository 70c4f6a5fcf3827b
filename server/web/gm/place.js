/** Everything about one place: who found it in which order, who is coming, who is stuck. */

import { timeOfDay } from "../common/clock.js";
import { h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { refill, soft } from "./parts.js";
import { stuckThere } from "./places.js";
import { finders } from "./preview.js";
import { isInUse } from "./twostep.js";
import { nameLink } from "./words.js";

const REDRAW_S = 10;

/** @param {import("./desk.js").Desk} desk */
export function makePlacePanel(desk) {
  const node = h("section", {
    class: "card panel",
    "aria-label": t("place"),
    "data-test": "place-panel",
  });
  let drawn = [];
  return {
    node,
    draw() {
      const { model, selection, times } = desk;
      const state = [
        selection.place,
        model.teams,
        model.locations,
        Math.floor(times.now / REDRAW_S),
      ];
      if (state.every((part, index) => part === drawn[index]) || isInUse(node)) return;
      drawn = state;
      const place = model.places.get(selection.place);
      refill(node, place ? parts(desk, place) : soft(t("noPlace")));
    },
  };
}

function parts(desk, place) {
  const { model } = desk;
  const heading = [...model.teams.values()].filter((line) => line.target === place.id);
  return [
    h(
      "div",
      { class: "card-head row" },
      h("h2", { class: "grow" }, place.name),
      h("span", { class: "mono soft" }, place.id),
    ),
    h("p", { class: "soft" }, placeNotes(place)),
    section(
      t("headingTitle"),
      heading.map((line) =>
        h(
          "li",
          { class: "row" },
          h("span", { class: "grow" }, nameLink(desk, "team", line.id)),
          h("span", { class: "soft" }, line.target_since ? timeOfDay(line.target_since) : ""),
        ),
      ),
    ),
    section(
      t("stuckTitle"),
      stuckThere(desk, place.id).map(({ line, minutes }) =>
        h(
          "li",
          { class: "row" },
          h("span", { class: "grow" }, nameLink(desk, "team", line.id)),
          h("span", { class: "number" }, `${Math.floor(minutes)}′`),
        ),
      ),
    ),
    section(t("findersTitle"), findLines(desk, place.id)),
  ];
}

function placeNotes(place) {
  const proofs = (place.proof ?? []).map((proof) => t(`proof_${proof}`)).join(" + ");
  const notes = [t("points", { count: place.points }), proofs];
  if (place.stock) notes.push(t("stockOf", { count: place.stock }));
  if (place.capacity) notes.push(t("capacityOf", { count: place.capacity }));
  if (place.radius_m) notes.push(t("radius", { metres: place.radius_m }));
  if (place.hints?.length) notes.push(t("hintsOf", { count: place.hints.length }));
  return notes.join(" · ");
}

function section(title, lines) {
  return [
    h("h3", {}, `${title} (${lines.length})`),
    lines.length
      ? h("ul", { class: "plain lines" }, lines)
      : h("p", { class: "soft" }, t("nobody")),
  ];
}

/** Finds in their order, newest last. */
export function findLines(desk, place) {
  return finders(desk.model, place).map((find) =>
    h(
      "li",
      { class: "row", "data-test": "find" },
      h("span", { class: "number rank-box" }, `${find.rank ?? ""}.`),
      h(
        "span",
        { class: "grow" },
        nameLink(desk, "team", find.team),
        find.by ? h("span", { class: "soft" }, ` · ${find.by}`) : null,
      ),
      find.bonus ? h("span", { class: "number soft" }, `+${find.bonus}`) : null,
      h("time", { class: "number soft" }, find.at ? timeOfDay(find.at) : ""),
    ),
  );
}
