/** One team at one place: what happened there, and what can be done about it. */

import { timeOfDay } from "../common/clock.js";
import { h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { correct } from "./corrections.js";
import { openDialog } from "./dialog.js";
import { age, placeName, teamName } from "./words.js";

/**
 * @param {import("./desk.js").Desk} desk
 * @param {string} team
 * @param {string} place
 */
export function openCell(desk, team, place) {
  const { model } = desk;
  const title = `${teamName(model, team)} · ${placeName(model, place)}`;
  openDialog(title, (close) => [facts(desk, team, place), actions(desk, team, place, close)]);
}

function facts(desk, team, place) {
  const rows = cellFacts(desk, team, place).map(([word, value]) => [
    h("dt", {}, word),
    h("dd", {}, value),
  ]);
  return h("dl", { class: "facts" }, rows);
}

/** @returns {[string, string][]} What is known of a team at a place, as words and values. */
export function cellFacts({ model, times }, team, place) {
  const cell = model.teams.get(team)?.cells[place];
  const isTarget = model.teams.get(team)?.target === place;
  const since = times.since(cell?.since);
  const facts = [[t("fact_state"), stateWord(cell, isTarget)]];
  const add = (key, value) => facts.push([t(key), value]);
  if (cell?.at) add("fact_found", timeOfDay(cell.at));
  if (cell?.by) add("fact_by", cell.by);
  if (cell?.rank) add("fact_rank", `${cell.rank}.`);
  if (cell?.bonus) add("fact_bonus", `+${cell.bonus}`);
  if (cell?.state === "tried" && since !== null) add("fact_since", age(since * 60));
  if (cell?.failures) add("fact_failures", String(cell.failures));
  if (cell?.hints?.length) add("fact_hints", cell.hints.map((hint) => `#${hint + 1}`).join(", "));
  add("fact_points", String(model.places.get(place)?.points ?? "–"));
  return facts;
}

export function stateWord(cell, isTarget) {
  if (cell?.state === "found") return `✓ ${t("state_found")}`;
  if (cell?.state === "void") return `✕ ${t("state_void")}`;
  if (isTarget) return `→ ${t("state_target")}`;
  return cell?.state === "tried" ? `… ${t("state_tried")}` : t("state_none");
}

function actions(desk, team, place, close) {
  const leave = (act) => () => {
    close();
    act();
  };
  return h(
    "div",
    { class: "row wrap" },
    cellActions(desk, team, place, leave),
    h("span", { class: "grow" }),
    link(
      "toTeam",
      leave(() => desk.go("teams", { team })),
    ),
    link(
      "toPlace",
      leave(() => desk.go("places", { place })),
    ),
  );
}

const link = (key, onclick) =>
  h("button", { type: "button", class: "button quiet small", onclick }, t(key));

/** The corrections that make sense in a cell. */
export function cellActions(desk, team, place, wrap = (act) => act) {
  const cell = desk.model.teams.get(team)?.cells[place];
  const kinds = [];
  if (cell?.state === "found") kinds.push("void");
  if (cell?.state === "void") kinds.push("restore");
  if (cell?.state !== "found" && openHints(desk.model, team, place).length) kinds.push("grant");
  return kinds
    .filter((kind) => desk.may(kind))
    .map((kind) => correctionButton(desk, kind, { team, place }, wrap));
}

export function correctionButton(desk, kind, about, wrap = (act) => act) {
  const isDangerous = kind === "void" || kind === "disqualify";
  return h(
    "button",
    {
      type: "button",
      class: `button small ${isDangerous ? "danger" : ""}`,
      "data-test": kind,
      "data-place": about.place,
      onclick: wrap(() => correct(desk, kind, about)),
    },
    t(`do_${kind}`),
  );
}

/** Indices of hints that the team does not have there. */
export function openHints(model, team, place) {
  const had = model.teams.get(team)?.cells[place]?.hints ?? [];
  const hints = model.places.get(place)?.hints ?? [];
  return hints.map((_, index) => index).filter((index) => !had.includes(index));
}
