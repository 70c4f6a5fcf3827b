/** The leaderboard: the true one, and beside it the public's while that is frozen. */

import { h, keyedList, setAttribute, setText, show } from "../common/dom.js";
import { number, t } from "../common/texts.js";

/** @param {import("./desk.js").Desk} desk */
export function makeBoard(desk) {
  const truth = makeTable(desk, "boardTrue");
  const frozen = makeTable(desk, "boardFrozen");
  const node = h(
    "section",
    { class: "card board" },
    h("div", { class: "card-head row" }, h("h2", { class: "grow" }, t("leaderboard"))),
    h("div", { class: "boards" }, truth.node, frozen.node),
  );
  let drawn = null;
  return {
    node,
    draw() {
      const { leaderboard, publicBoard, isFrozen, teams } = desk.model;
      if (
        drawn?.leaderboard === leaderboard &&
        drawn.publicBoard === publicBoard &&
        drawn.teams === teams
      )
        return;
      drawn = { leaderboard, publicBoard, teams };
      const isDouble = isFrozen && publicBoard !== null;
      node.classList.toggle("double", isDouble);
      show(frozen.node, isDouble);
      show(truth.caption, isDouble);
      truth.draw(leaderboard, isDouble ? publicBoard : null);
      if (isDouble) frozen.draw(publicBoard, null);
    },
  };
}

function makeTable(desk, caption) {
  const body = h("ol", { class: "board-rows plain" });
  const head = h("h3", { class: "board-caption" }, t(caption));
  let other = new Map();
  const update = keyedList(
    body,
    (row) => makeRow(desk, row),
    (node, row, index) => {
      setText(node.rank, index + 1);
      setText(node.name, row.name);
      setText(node.score, number(row.score));
      drawMove(node.move, other.get(row.team), index + 1);
      const line = desk.model.teams.get(row.team);
      setText(node.found, line ? `${line.found ?? 0}/${desk.model.places.size}` : "");
    },
  );
  return {
    node: h("div", { class: "board-half" }, head, body),
    caption: head,
    draw(rows, compared) {
      other = new Map((compared ?? []).map((row, index) => [row.team, index + 1]));
      update(rows, (row) => row.team);
    },
  };
}

function makeRow(desk, row) {
  const parts = {
    rank: h("span", { class: "board-rank number" }),
    name: h("span", { class: "grow board-name" }),
    move: h("span", { class: "board-move number" }),
    found: h("span", { class: "board-found number soft" }),
    score: h("b", { class: "board-score number" }),
  };
  const onclick = () => desk.go("teams", { team: row.team });
  const node = h(
    "li",
    {},
    h("button", { type: "button", class: "board-row", onclick }, Object.values(parts)),
  );
  return Object.assign(node, parts);
}

/** How the true place differs from the one that the public sees. */
function drawMove(node, before, now) {
  const moved = before ? before - now : 0;
  setText(node, moved > 0 ? `▲${moved}` : moved < 0 ? `▼${-moved}` : "");
  setAttribute(node, "data-move", moved > 0 ? "up" : moved < 0 ? "down" : null);
}
