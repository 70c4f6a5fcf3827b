/**
 * Teams × places: one line per team, one cell per place, warming up while a team gets nowhere.
 * Sixty times a hundred cells, so only what changed is touched: lines and cells of the model are
 * compared by identity, and minutes are counted on only where they show.
 */

import { fill, h, setAttribute, setText } from "../common/dom.js";
import { t } from "../common/texts.js";
import { openCell } from "./cell.js";
import { drawCell, drawWarmth, makeCell } from "./matrix_cell.js";
import { makeMatrixBar } from "./matrix_bar.js";
import { moveInGrid } from "./matrix_keys.js";
import { drawRowHead, makeRowHead } from "./matrix_row.js";
import { rowOrder } from "./order.js";
import { currentSettings } from "./settings.js";

const WARMTH_EVERY_S = 5; // Minutes change slowly.

/** @param {import("./desk.js").Desk} desk */
export function makeMatrix(desk) {
  const head = h("div", { class: "m-head", role: "row" });
  const body = h("div", { class: "m-body", role: "rowgroup" });
  const grid = h(
    "div",
    { class: "matrix", role: "grid", "aria-label": t("matrixLabel"), tabindex: "-1" },
    h("div", { role: "rowgroup", class: "m-headgroup" }, head),
    body,
  );
  const view = { desk, grid, head, body, rows: new Map(), places: null, warmedAt: 0, order: [] };
  const bar = makeMatrixBar(desk, () => {
    view.warmedAt = 0;
    desk.redraw();
  });
  listen(view);
  return {
    node: h(
      "section",
      { class: "card matrix-card", "aria-label": t("matrixLabel") },
      bar.node,
      grid,
    ),
    draw: () => draw(view),
  };
}

function listen({ desk, grid }) {
  grid.addEventListener("click", (event) => {
    const cell = event.target.closest(".m-cell");
    const name = event.target.closest(".m-name");
    const place = event.target.closest(".m-place");
    if (cell) openCell(desk, cell.dataset.team, cell.dataset.place);
    else if (name) desk.go("teams", { team: name.parentNode.dataset.team });
    else if (place) desk.go("places", { place: place.dataset.place });
  });
  grid.addEventListener("keydown", (event) => moveInGrid(event, grid));
}

function draw(view) {
  const { model, times } = view.desk;
  if (view.places !== model.places) rebuild(view, model);
  drawHeads(view, model);
  const isBusy = view.grid.matches(":hover, :focus-within");
  const order = rowOrder(model, times, currentSettings().sort);
  // Rows do not move under a hand that is about to click.
  if (!isBusy || order.length !== view.order.length) view.order = order;
  arrange(view, model);
  const isDue = times.now - view.warmedAt >= WARMTH_EVERY_S;
  if (isDue) view.warmedAt = times.now;
  for (const row of view.rows.values()) drawRow(view, row, model.teams.get(row.id), isDue);
}

function rebuild(view, model) {
  view.places = model.places;
  view.rows.clear();
  view.order = [];
  view.body.replaceChildren();
  view.heads = new Map();
  view.grid.style.setProperty("--columns", model.places.size);
  view.grid.dataset.density = densityFor(model.places.size);
  setAttribute(view.grid, "aria-colcount", model.places.size + 1);
  setAttribute(view.grid, "aria-rowcount", model.teams.size + 1);
  for (const place of model.places.values()) view.heads.set(place.id, placeHead(place));
  const corner = h("div", { class: "m-corner", role: "columnheader" }, t("team"));
  fill(
    view.head,
    corner,
    [...view.heads.values()].map((one) => one.node),
  );
}

const ROOMY_PLACES_MAX = 8; // With more, names no longer fit side by side above their columns.
const WIDE_PLACES_MAX = 16;

function densityFor(places) {
  if (places <= ROOMY_PLACES_MAX) return "roomy";
  return places <= WIDE_PLACES_MAX ? "wide" : "dense";
}

function placeHead(place) {
  const note = h("span", { class: "m-note number" });
  const node = h(
    "div",
    { class: "m-place", role: "columnheader", "data-place": place.id, title: place.name },
    h("span", { class: "m-place-name" }, place.name),
    note,
  );
  return { node, note, line: null };
}

/** Above a place: that it is closed, or how many have found it. */
function drawHeads(view, model) {
  for (const [id, head] of view.heads) {
    const line = model.locations.get(id);
    if (line === head.line || !line) continue;
    head.line = line;
    setAttribute(head.node, "data-closed", line.open ? null : true);
    setText(head.note, line.open ? line.standing : "⊘");
    const name = model.places.get(id).name;
    const state = line.open ? t("foundBy", { count: line.standing }) : t("placeClosed");
    setAttribute(head.node, "title", `${name} · ${state}`);
  }
}

function arrange(view, model) {
  view.order.forEach((id, index) => {
    if (!model.teams.has(id)) return;
    const row = view.rows.get(id) ?? makeRow(view, id);
    if (view.body.children[index] !== row.node) {
      view.body.insertBefore(row.node, view.body.children[index] ?? null);
    }
  });
}

function makeRow(view, id) {
  const head = makeRowHead(id);
  const cells = new Map();
  for (const place of view.places.keys()) cells.set(place, makeCell(id, place));
  const nodes = [...cells.values()].map((cell) => cell.node);
  const node = h("div", { class: "m-row", role: "row", "data-team": id }, head.node, nodes);
  const row = { id, node, head, cells, line: null, warm: new Set() };
  view.rows.set(id, row);
  if (!view.grid.querySelector("[tabindex='0']") && nodes[0]) nodes[0].tabIndex = 0;
  return row;
}

function drawRow(view, row, line, isDue) {
  const { desk } = view;
  if (line !== row.line) {
    const target = line.target ?? null;
    for (const [place, cell] of row.cells) {
      const changed = drawCell(cell, line.cells[place], target === place);
      if (!changed) continue;
      if (cell.state === "tried") row.warm.add(cell);
      else row.warm.delete(cell);
      drawWarmth(cell, desk.times, currentSettings().heat);
    }
    row.line = line;
    drawRowHead(row.head, desk, line);
  } else if (isDue) {
    drawRowHead(row.head, desk, line);
  }
  if (isDue) for (const cell of row.warm) drawWarmth(cell, desk.times, currentSettings().heat);
}
