/** The overview: matrix, what needs somebody, map, leaderboard and feed, all at one look. */

import { h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { makeAttention } from "./attention.js";
import { makeBoard } from "./board.js";
import { makeFeed } from "./feed.js";
import { makeMap } from "./map.js";
import { makeMatrix } from "./matrix.js";

/** @param {import("./desk.js").Desk} desk */
export function makeOverview(desk) {
  const parts = [
    makeMatrix(desk),
    makeAttention(desk),
    makeMap(desk),
    makeBoard(desk),
    makeFeed(desk),
  ];
  const [matrix, attention, map, board, feed] = parts.map((part) => part.node);
  const empty = h("p", { class: "notice" }, t("noHuntYet"));
  const node = h(
    "div",
    { class: "overview" },
    h("h1", { class: "visually-hidden" }, t("area_overview")),
    empty,
    matrix,
    h("div", { class: "overview-side" }, attention, map),
    h("div", { class: "overview-foot" }, board, feed),
  );
  return {
    node,
    draw() {
      const hasHunt = Boolean(desk.model.hunt);
      node.classList.toggle("empty", !hasHunt);
      empty.hidden = hasHunt;
      if (hasHunt) for (const part of parts) part.draw();
    },
    onShown: () => parts[2].onShown?.(),
  };
}
