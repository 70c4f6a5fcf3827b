/** All places: open or closed, what is left, who is on the way; and the one that is chosen. */

import { h, keyedList, setAttribute, setText } from "../common/dom.js";
import { t } from "../common/texts.js";
import { drawDoor, makeDoor } from "./door.js";
import { setFlag } from "./flags.js";
import { tableCard } from "./parts.js";
import { makePlacePanel } from "./place.js";
import { currentSettings } from "./settings.js";
import { heat } from "./stuck.js";
import { bringPanel } from "./words.js";

const COLUMNS = ["place", "state", "left", "heading", "finds", "stuckThere", "points"];

/** @param {import("./desk.js").Desk} desk */
export function makePlacesArea(desk) {
  const body = h("tbody");
  const panel = makePlacePanel(desk);
  const draw = (row, place) => drawRow(desk, row, place);
  const update = keyedList(body, (place) => makeRow(desk, place), draw);
  const list = tableCard(t("area_places"), COLUMNS, body);
  return {
    node: h("div", { class: "split" }, list, panel.node),
    draw() {
      const { places } = desk.model;
      if (!places.has(desk.selection.place)) desk.selection.place = places.keys().next().value;
      // Another hunt may have a place with the same id.
      update(places.values(), ({ id, name, points }) => `${id} ${points} ${name}`);
      panel.draw();
    },
    onShown: ({ place }) => place && bringPanel(panel.node),
  };
}

function makeRow(desk, place) {
  const cell = (className = "number") => h("td", { class: className });
  const door = makeDoor(desk, place.id);
  const parts = {
    door,
    left: cell(),
    heading: cell(),
    finds: cell(),
    stuck: cell(),
    name: h("button", { type: "button", class: "link" }, place.name),
  };
  const onclick = (event) =>
    !event.target.closest(".two-step") && desk.go("places", { place: place.id });
  const node = h(
    "tr",
    { "data-test": "place-row", "data-place": place.id, onclick },
    h("td", {}, parts.name),
    h("td", { class: "nowrap" }, door.node),
    parts.left,
    parts.heading,
    parts.finds,
    parts.stuck,
    h("td", { class: "number" }, place.points),
  );
  return Object.assign(node, { parts });
}

function drawRow(desk, row, place) {
  const { model, selection } = desk;
  const line = model.locations.get(place.id);
  const { parts } = row;
  const stuck = stuckThere(desk, place.id);
  setFlag(row, "aria-selected", place.id === selection.place);
  setFlag(row, "data-open", line.open);
  drawDoor(desk, parts.door, place.id);
  const left = place.stock ? place.stock - line.standing : null;
  setText(parts.left, left === null ? "∞" : `${left}/${place.stock}`);
  setAttribute(parts.left, "data-level", left !== null && left <= 0 ? "bad" : null);
  setText(parts.heading, place.capacity ? `${line.heading}/${place.capacity}` : line.heading);
  setText(parts.finds, line.standing);
  setText(parts.stuck, stuck.length || "");
  setAttribute(
    parts.stuck,
    "data-heat",
    stuck.length ? heat(stuck[0].minutes, currentSettings().heat) : null,
  );
}

/** Teams that have tried here for a while, longest first. */
export function stuckThere({ model, times }, place) {
  const [threshold] = currentSettings().heat;
  const found = [];
  for (const line of model.teams.values()) {
    const cell = line.cells[place];
    const minutes = cell?.state === "tried" ? times.since(cell.since) : null;
    if (minutes !== null && minutes >= threshold) found.push({ line, minutes });
  }
  return found.sort((a, b) => b.minutes - a.minutes);
}
