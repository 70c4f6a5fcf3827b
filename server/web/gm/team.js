/** Everything about one team, and what can be done about it. */

import { timeOfDay } from "../common/clock.js";
import { fill, h } from "../common/dom.js";
import { number, t } from "../common/texts.js";
import { receipts } from "./audience.js";
import { cellActions, correctionButton, stateWord } from "./cell.js";
import { logEntry } from "./log_entry.js";
import { messageLine } from "./message_line.js";
import { refill, soft } from "./parts.js";
import { seenText } from "./teams.js";
import { isInUse } from "./twostep.js";
import { age, placeName } from "./words.js";

const REDRAW_S = 10; // Ages in the panel may be so old.

/** @param {import("./desk.js").Desk} desk */
export function makeTeamPanel(desk) {
  const node = h("section", {
    class: "card panel",
    "aria-label": t("team"),
    "data-test": "team-panel",
  });
  let drawn = [];
  return {
    node,
    draw() {
      const { model, times, selection, link } = desk;
      const line = model.teams.get(selection.team);
      const state = [
        line,
        model.places,
        model.locations,
        model.announcements,
        model.messages,
        model.staffLog,
        model.leaderboard,
        link.isWriting,
        Math.floor(times.now / REDRAW_S),
      ];
      const isSame = state.every((part, index) => part === drawn[index]);
      if (isSame || isInUse(node)) return;
      drawn = state;
      refill(node, line ? parts(desk, line) : soft(t("noTeam")));
    },
  };
}

function parts(desk, line) {
  return [
    panelHead(desk, line),
    finds(desk, line),
    receiptLines(desk, line),
    messages(desk, line),
    history(desk, line),
  ];
}

function panelHead(desk, line) {
  const { model, times } = desk;
  const rank = model.leaderboard.findIndex((row) => row.team === line.id) + 1;
  const { minutes, place, isDone } = times.stuck(line);
  const figures = [
    ["rank", line.disqualified ? t("out") : rank ? `${rank}.` : "–"],
    ["score", number(line.score)],
    ["column_found", `${line.found ?? 0}/${model.places.size}`],
    ["fact_lastFind", line.last_find_at ? timeOfDay(line.last_find_at) : "–"],
    ["column_where", isDone ? t("allFound") : place ? placeName(model, place) : "–"],
    ["noFindFor", minutes === null ? "–" : age(minutes * 60)],
    ["column_online", `${line.online > 0 ? "●" : "○"} ${seenText(line, times.now)}`],
  ];
  return [
    h(
      "div",
      { class: "card-head row" },
      h("h2", { class: "grow" }, line.name),
      h("span", { class: "mono soft" }, line.id),
    ),
    line.disqualified && h("p", { class: "notice bad" }, `■ ${t("isOut")}`),
    h(
      "dl",
      { class: "tiles" },
      figures.map(([key, value]) =>
        h("div", {}, h("dt", {}, t(key)), h("dd", { class: "number" }, value)),
      ),
    ),
    h("div", { class: "row wrap" }, teamActions(desk, line)),
  ];
}

function teamActions(desk, line) {
  const kinds = ["adjust", line.disqualified ? "reinstate" : "disqualify"];
  const write = h(
    "button",
    {
      type: "button",
      class: "button small",
      disabled: !desk.may("announce"),
      onclick: () => desk.go("announce", { to: line.id }),
    },
    t("writeToTeam"),
  );
  return [
    ...kinds
      .filter((kind) => desk.may(kind))
      .map((kind) => correctionButton(desk, kind, { team: line.id })),
    write,
  ];
}

function finds(desk, line) {
  const { model } = desk;
  const known = [...model.places.values()].filter(
    (place) => line.cells[place.id] || line.target === place.id,
  );
  known.sort((a, b) => (line.cells[b.id]?.at ?? Infinity) - (line.cells[a.id]?.at ?? Infinity));
  return [
    h("h3", {}, t("teamPlaces")),
    known.length
      ? h(
          "ul",
          { class: "plain lines" },
          known.map((place) => findLine(desk, line, place)),
        )
      : h("p", { class: "soft" }, t("teamNoPlaces")),
  ];
}

function findLine(desk, line, place) {
  const cell = line.cells[place.id];
  const since = desk.times.since(cell?.since);
  const notes = [
    stateWord(cell, line.target === place.id),
    cell?.at && timeOfDay(cell.at),
    cell?.rank && t("rankShort", { rank: cell.rank }),
    cell?.bonus && `+${cell.bonus}`,
    cell?.state === "tried" && since !== null && age(since * 60),
    cell?.failures && t("failures", { count: cell.failures }),
    cell?.hints?.length && t("hintsHad", { count: cell.hints.length }),
    cell?.by,
  ].filter(Boolean);
  return h(
    "li",
    { class: "row", "data-state": cell?.state },
    h(
      "div",
      { class: "grow" },
      h("b", {}, place.name),
      h("div", { class: "soft small" }, notes.join(" · ")),
    ),
    cellActions(desk, line.id, place.id),
  );
}

const REACH_SIGNS = { waiting: "○", delivered: "✓", seen: "✓✓" };

function receiptLines(desk, line) {
  const { model } = desk;
  const told = model.announcements.slice(-5).reverse();
  const lines = told.flatMap((announcement) => {
    const own = receipts(model, announcement).lines.find((one) => one.team === line.id);
    if (!own) return [];
    const state = `${REACH_SIGNS[own.state]} ${t(`reach_${own.state}`)}`;
    return [
      h(
        "li",
        { class: "row" },
        h("span", { class: "grow" }, announcement.text),
        h("span", { class: "soft nowrap" }, state),
      ),
    ];
  });
  return lines.length
    ? [h("h3", {}, t("announcements")), h("ul", { class: "plain lines" }, lines)]
    : [];
}

function messages(desk, line) {
  const own = [...desk.model.messages.values()].filter((message) => message.team === line.id);
  if (!own.length) return [];
  return [
    h("h3", {}, t("area_messages")),
    h(
      "ul",
      { class: "plain lines" },
      own.reverse().map((one) => messageLine(desk, one)),
    ),
  ];
}

function history(desk, line) {
  const entries = desk.model.staffLog.filter((entry) => entry.data?.team === line.id).reverse();
  if (!entries.length) return [];
  return [
    h("h3", {}, t("teamHistory")),
    h(
      "ul",
      { class: "plain lines" },
      entries.map((entry) => logEntry(desk, entry)),
    ),
  ];
}
