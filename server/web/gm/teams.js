/** All teams in a list; beside it everything about the one that is chosen. */

import { h, keyedList, setAttribute, setText } from "../common/dom.js";
import { number, t } from "../common/texts.js";
import { setFlag } from "./flags.js";
import { drawNet } from "./matrix_row.js";
import { rowOrder } from "./order.js";
import { tableCard } from "./parts.js";
import { currentSettings } from "./settings.js";
import { heat } from "./stuck.js";
import { makeTeamPanel } from "./team.js";
import { age, bringPanel, placeName } from "./words.js";

const COLUMNS = ["rank", "team", "score", "found", "lastFind", "where", "online"];

/** @param {import("./desk.js").Desk} desk */
export function makeTeamsArea(desk) {
  const search = h("input", {
    class: "input compact",
    type: "search",
    placeholder: t("searchTeam"),
    "aria-label": t("searchTeam"),
    oninput: () => desk.redraw(),
  });
  const body = h("tbody");
  const panel = makeTeamPanel(desk);
  const draw = (row, line) => drawRow(desk, row, line);
  const update = keyedList(body, (line) => makeRow(desk, line), draw);
  const list = tableCard(t("area_teams"), COLUMNS, body, search);
  return {
    node: h("div", { class: "split" }, list, panel.node),
    draw() {
      const { model, times } = desk;
      const order = rowOrder(model, times, "rank");
      if (!model.teams.has(desk.selection.team)) desk.selection.team = order[0];
      const lines = order.map((id) => model.teams.get(id));
      update(lines.filter(isCalled(search.value)), (line) => line.id);
      panel.draw();
    },
    onShown({ isSearching, team }) {
      if (isSearching) search.focus();
      else if (team) bringPanel(panel.node);
    },
  };
}

function isCalled(text) {
  const wanted = text.trim().toLowerCase();
  return (line) => !wanted || line.name.toLowerCase().includes(wanted) || line.id.includes(wanted);
}

function makeRow(desk, line) {
  const cell = (className = "number") => h("td", { class: className });
  const name = h("button", { type: "button", class: "link" });
  const parts = {
    rank: cell(),
    name,
    score: cell(),
    found: cell(),
    idle: cell(),
    where: cell(""),
    net: h("span", { class: "net-dot" }),
    seen: h("span", { class: "soft number" }),
  };
  const choose = () => desk.go("teams", { team: line.id });
  const node = h(
    "tr",
    { "data-test": "team-row", "data-team": line.id, onclick: choose },
    parts.rank,
    h("td", {}, name),
    parts.score,
    parts.found,
    parts.idle,
    parts.where,
    h("td", { class: "nowrap" }, parts.net, " ", parts.seen),
  );
  return Object.assign(node, { parts });
}

function drawRow(desk, row, line) {
  const { model, times, selection } = desk;
  const { parts } = row;
  const rank = model.leaderboard.findIndex((one) => one.team === line.id);
  const { minutes, place, isDone } = times.stuck(line);
  setFlag(row, "aria-selected", line.id === selection.team);
  setText(parts.rank, line.disqualified ? "■" : rank < 0 ? "–" : rank + 1);
  setText(parts.name, line.disqualified ? `${line.name} (${t("out")})` : line.name);
  setText(parts.score, number(line.score));
  setText(parts.found, `${line.found ?? 0}/${model.places.size}`);
  setText(parts.idle, isDone ? "✓" : minutes === null ? "–" : `${Math.floor(minutes)}′`);
  setAttribute(parts.idle, "data-heat", heat(minutes, currentSettings().heat));
  setText(parts.where, place ? placeName(model, place) : "–");
  drawNet(parts.net, line);
  setText(parts.seen, seenText(line, times.now));
}

/** How many phones are there; or for how long nobody has been. */
export function seenText(line, now) {
  if (line.online > 0) return String(line.online);
  return line.last_seen_at ? age(now - line.last_seen_at) : t("never");
}
