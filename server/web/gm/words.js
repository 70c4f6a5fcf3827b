/** Phrases of the console: ages, names of teams and places, and texts with nodes inside. */

import { h } from "../common/dom.js";
import { number, t } from "../common/texts.js";

const MINUTE_S = 60;

/** `now`, `3 min`, `2 h 5 min`; a dash when nobody knows. */
export function age(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return "–";
  if (seconds < MINUTE_S) return t("ageNow");
  const minutes = Math.floor(seconds / MINUTE_S);
  if (minutes < 60) return t("ageMinutes", { minutes });
  return t("ageHours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** A number with its sign: `+5`, `−3`. */
export function signed(value) {
  return value > 0 ? `+${number(value)}` : number(value).replace("-", "−");
}

export const teamName = (model, id) => model.teams.get(id)?.name ?? id ?? "";
export const placeName = (model, id) => model.places.get(id)?.name ?? id ?? "";

/** A text whose placeholders may be nodes. */
export function rich(key, values) {
  const parts = t(key).split(/\{(\w+)\}/);
  return parts.map((part, index) => (index % 2 ? (values[part] ?? "") : glued(part)));
}

/** A full stop or colon stays with the name before it: names are buttons, lines break after those. */
const glued = (text) => text.replace(/^(?=[.,:;])/, "\u2060");

/** The same as plain text. */
export function plain(key, values) {
  const text = (value) => (value instanceof Node ? value.textContent : (value ?? ""));
  return rich(key, values).map(text).join("");
}

/** On small screens the panel of what was chosen is below the list: bring it into sight. */
export function bringPanel(panel) {
  panel.scrollIntoView({ block: matchMedia("(max-width: 1180px)").matches ? "start" : "nearest" });
}

/** A button that leads to a team or a place. */
export function nameLink(desk, kind, id) {
  const name = kind === "team" ? teamName(desk.model, id) : placeName(desk.model, id);
  const area = kind === "team" ? "teams" : "places";
  const onclick = () => desk.go(area, { [kind]: id });
  return h("button", { type: "button", class: "link", onclick }, name);
}
