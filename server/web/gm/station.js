/** What a volunteer at a station sees: their own place, large, and one button. */

import { fill, h, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { makeBanner } from "./banner.js";
import { inFrames, sayRefused } from "./desk.js";
import { drawDoor, makeDoor } from "./door.js";
import { makeHead } from "./head.js";
import { openHelp } from "./keys.js";
import { findLines } from "./place.js";
import { makeOutbox } from "./outbox.js";
import { age } from "./words.js";

const FINDS_SHOWN = 8;

/** @param {import("./desk.js").Desk} desk */
export function makeStation(desk) {
  const id = desk.model.you.location;
  const parts = makeParts(desk, id);
  const head = makeHead(desk);
  const banner = makeBanner(desk);
  const outbox = makeOutbox(desk);
  desk.openHelp = openHelp;
  desk.redraw = inFrames(() => {
    desk.refresh();
    head.draw();
    banner.draw();
    outbox.draw();
    draw(desk, id, parts);
  });
  return {
    node: h(
      "div",
      { class: "console station-console" },
      head.node,
      banner.node,
      parts.main,
      outbox.node,
    ),
    draw: desk.redraw,
    onRefused: (action) => sayRefused(desk, action),
    onTakenOver: () => banner.takenOver(),
  };
}

function makeParts(desk, id) {
  const name = h("h1");
  const door = makeDoor(desk, id, "big");
  const figures = h("dl", { class: "station-figures" });
  const coming = h("ul", { class: "plain lines" });
  const finds = h("ol", { class: "plain lines" });
  const place = [
    name,
    door.node,
    figures,
    h("section", { class: "card" }, h("h2", {}, t("headingTitle")), coming),
    h("section", { class: "card" }, h("h2", {}, t("recentFinds")), finds),
  ];
  const missing = h("p", { class: "notice bad" }, t("stationMissing"));
  const main = h("main", { class: "station stack", "data-test": "station" }, missing, place);
  return { main, name, door, figures, coming, finds, place, missing };
}

function draw(desk, id, parts) {
  const place = desk.model.places.get(id);
  show(parts.missing, !place);
  for (const part of parts.place) show(part, Boolean(place));
  if (!place) return;
  setText(parts.name, place.name);
  drawDoor(desk, parts.door, id);
  fill(parts.figures, figureParts(desk, place));
  drawLists(desk, id, parts.coming, parts.finds);
}

function figureParts({ model }, place) {
  const line = model.locations.get(place.id);
  const left = place.stock ? place.stock - line.standing : null;
  const figures = [
    [t("column_heading"), line.heading],
    [t("column_finds"), line.standing],
    [t("column_left"), left ?? "∞"],
  ];
  return figures.map(([word, value]) =>
    h("div", {}, h("dd", { class: "number" }, value), h("dt", {}, word)),
  );
}

function drawLists(desk, id, coming, finds) {
  const { model, times } = desk;
  const heading = [...model.teams.values()].filter((line) => line.target === id);
  const nobody = () => h("li", { class: "soft" }, t("nobody"));
  fill(
    coming,
    heading.length
      ? heading.map((line) =>
          h(
            "li",
            { class: "row" },
            h("b", { class: "grow" }, line.name),
            h(
              "span",
              { class: "soft" },
              line.target_since ? age(times.now - line.target_since) : "",
            ),
          ),
        )
      : nobody(),
  );
  const newest = findLines(desk, id).reverse().slice(0, FINDS_SHOWN);
  fill(finds, newest.length ? newest : nobody());
}
