/** The marks on the map. Their words are text nodes: names are never read as HTML. */

import { serverNow } from "../common/clock.js";
import { h, setAttribute, setText } from "../common/dom.js";
import { t } from "../common/texts.js";
import { setFlag } from "./flags.js";
import { age } from "./words.js";

const FADED_S = 900; // From here on a position is as pale as it gets.
const PALE = 0.35;

export function placeMark(leaflet, place) {
  const count = h("span", { class: "number" });
  const node = h("span", { class: "place-mark" }, count);
  const icon = leaflet.divIcon({ html: node, className: "mark-box", iconSize: [26, 26] });
  const layer = leaflet.marker(place.at, { icon, title: place.name, keyboard: false });
  return { layer, node, count, name: place.name, line: null };
}

/** In a place's mark: how many finds are left when that is limited, else how many there were. */
export function drawPlaceMark({ model }, mark, id) {
  const line = model.locations.get(id);
  const place = model.places.get(id);
  if (!line || line === mark.line) return;
  mark.line = line;
  const left = place.stock ? place.stock - line.standing : null;
  setFlag(mark.node, "data-open", line.open);
  setFlag(mark.node, "data-busy", line.heading > 0);
  setText(mark.count, line.open ? (left ?? line.standing) : "⊘");
  const words = [
    mark.name,
    line.open ? t("placeOpen") : t("placeClosed"),
    left === null ? t("foundBy", { count: line.standing }) : t("stockLeft", { count: left }),
    t("headingThere", { count: line.heading }),
  ].join(" · ");
  setAttribute(mark.layer.getElement(), "title", words);
}

export function teamMark(leaflet, name, [lat, lon]) {
  const seen = h("span", { class: "number soft" });
  const node = h("span", { class: "team-mark" }, h("b", {}, name), seen);
  const icon = leaflet.divIcon({ html: node, className: "mark-box", iconSize: [12, 12] });
  const layer = leaflet.marker([lat, lon], {
    icon,
    title: name,
    zIndexOffset: 500,
    riseOnHover: true,
    keyboard: false,
  });
  return { layer, node, seen, drawn: null };
}

export function drawTeamMark({ model }, mark, team, position) {
  if (mark.drawn !== position) {
    mark.drawn = position;
    mark.layer.setLatLng([position[0], position[1]]);
  }
  const seconds = Math.max(0, serverNow() - position[3]);
  const opacity = Math.max(PALE, 1 - (seconds / FADED_S) * (1 - PALE));
  mark.node.style.opacity = opacity.toFixed(2);
  setFlag(mark.node, "data-online", (model.teams.get(team)?.online ?? 0) > 0);
  setText(mark.seen, seconds < 60 ? "" : ` ${age(seconds)}`);
}
