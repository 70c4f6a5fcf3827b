/** The leaderboard. */

import { h, keyedList, setAttribute, setText, show } from "../common/dom.js";
import { number, t } from "../common/texts.js";
import { icon } from "./icons.js";

/** @param {import("./game.js").Game} game */
export function createBoard(game) {
  const list = h("ol", { class: "board-list" });
  const frozen = h("p", { class: "notice frozen row", hidden: true }, icon("frozen"), h("span", {}, t("frozenText")));
  const more = h("p", { class: "soft", hidden: true });
  const update = keyedList(list, create, drawRow);
  const node = h("section", { class: "stack narrow" }, h("h2", { class: "section-title" }, t("tab_board")), frozen, list, more);

  function drawRow(line, row) {
    const isOwn = row.team === game.model.team.id;
    setAttribute(line, "data-own", isOwn);
    setAttribute(line, "aria-current", isOwn && "true");
    setText(line.children[0], row.rank);
    setText(line.querySelector(".board-name"), row.name);
    show(line.querySelector(".badge"), isOwn);
    setText(line.children[2], number(row.score));
  }

  function draw() {
    const { model } = game;
    show(frozen, model.isFrozen);
    update(model.leaderboard, (row) => row.team);
    show(more, model.more > 0);
    setText(more, t("moreTeams", { count: model.more }));
  }
  return { node, draw };
}

function create(row) {
  return h(
    "li",
    { class: "board-row", "data-test": "board-row", "data-team": row.team },
    h("span", { class: "board-rank number" }),
    h("span", { class: "grow" }, h("span", { class: "board-name" }), " ", h("span", { class: "badge" }, t("you"))),
    h("span", { class: "board-score number" }),
  );
}
