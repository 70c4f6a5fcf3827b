/** One cell of the matrix: found (with the rank), taken back, or how long it has been tried. */

import { setAttribute, setText } from "../common/dom.js";
import { setFlag } from "./flags.js";
import { heat } from "./stuck.js";

/** The nodes are copies of one: six thousand of them are made at once. */
const pattern = document.createElement("div");
pattern.className = "m-cell";
pattern.setAttribute("role", "gridcell");
pattern.dataset.test = "cell";
pattern.dataset.state = "none";
pattern.tabIndex = -1;

export function makeCell(team, place) {
  const node = pattern.cloneNode();
  node.dataset.team = team;
  node.dataset.place = place;
  return { node, drawn: undefined, isTarget: false, state: "none", text: "" };
}

/** Bring a cell up to date; false when there was nothing to do. */
export function drawCell(cell, now, isTarget) {
  if (now === cell.drawn && isTarget === cell.isTarget) return false;
  cell.drawn = now;
  cell.isTarget = isTarget;
  cell.state = now?.state ?? (isTarget ? "target" : "none");
  setAttribute(cell.node, "data-state", cell.state);
  setFlag(cell.node, "data-target", isTarget);
  setAttribute(cell.node, "data-hints", now?.hints?.length ? now.hints.length : null);
  setText(cell.node, signOf(cell.state, now));
  return true;
}

function signOf(state, now) {
  if (state === "found") return now.rank ? `✓${now.rank}` : "✓";
  if (state === "void") return "✕";
  return state === "target" ? "→" : "";
}

/** The minutes and the colour of a cell that is being tried; cold otherwise. */
export function drawWarmth(cell, times, thresholds) {
  if (cell.state !== "tried") {
    setAttribute(cell.node, "data-heat", null);
    return;
  }
  const minutes = times.since(cell.drawn.since);
  const warmth = heat(minutes, thresholds);
  setAttribute(cell.node, "data-heat", warmth);
  const text = minutes === null ? "…" : String(Math.floor(minutes));
  setText(cell.node, cell.isTarget ? `→${text}` : text);
}
