/** Where the teams are, and the places: a map that fades what was not heard of for a while. */

import { h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { leaflet as loadLeaflet, tileLayer, tileSettings } from "../common/leaflet.js";
import { drawPlaceMark, drawTeamMark, placeMark, teamMark } from "./map_marks.js";

const ZOOM_MAX = 17;
const START_ZOOM = 14;
const PLACE_NUMBERS_MAX = 40;
const LABELS_MAX = 20; // With more teams their names hide each other; then they show on hover.

/** @param {import("./desk.js").Desk} desk */
export function makeMap(desk) {
  const ground = h("div", { class: "map-ground", role: "application", "aria-label": t("map") });
  const note = h("p", { class: "soft map-note", hidden: true });
  const fit = h("button", { type: "button", class: "button quiet small" }, t("mapFit"));
  const view = {
    desk,
    ground,
    map: null,
    places: null,
    teams: new Map(),
    marks: new Map(),
    isFit: false,
  };
  fit.onclick = () => fitAll(view);
  load(view, note);
  return {
    node: h(
      "section",
      { class: "card map-card" },
      h("div", { class: "card-head row" }, h("h2", { class: "grow" }, t("map")), fit),
      ground,
      note,
    ),
    draw: () => view.map && draw(view),
    onShown: () => view.map?.invalidateSize(),
  };
}

async function load(view, note) {
  try {
    // Marks are moved by their place on the page: as layers of their own, a hundred of them would
    // cost the browser more than everything else on the console.
    window.L_DISABLE_3D = true;
    const [leaflet, tiles] = await Promise.all([loadLeaflet(), tileSettings()]);
    view.leaflet = leaflet;
    view.map = leaflet.map(view.ground, {
      zoomControl: true,
      zoomSnap: 0.5,
      attributionControl: Boolean(tiles),
      keyboard: true,
    });
    view.map.attributionControl?.setPrefix(false);
    view.map.setView([0, 0], 2);
    if (tiles) addTiles(view, tiles);
    view.layer = leaflet.layerGroup().addTo(view.map);
    followSize(view);
    draw(view);
  } catch {
    note.hidden = false;
    note.textContent = t("mapMissing");
  }
}

/** The whole hunt stays in sight, until somebody moves the map themselves. */
function followSize(view) {
  const isTouched = () => (view.isTouched = true);
  for (const kind of ["pointerdown", "wheel", "keydown"]) {
    view.ground.addEventListener(kind, isTouched, { capture: true, passive: true });
  }
  new ResizeObserver(() => {
    view.map.invalidateSize({ animate: false });
    if (!view.isTouched && view.ground.clientWidth > 0) fitAll(view);
  }).observe(view.ground);
}

function addTiles({ leaflet, map }, tiles) {
  tileLayer(leaflet, tiles).addTo(map);
  map.attributionControl?.addAttribution(tiles.attribution);
}

function draw(view) {
  const { model } = view.desk;
  if (view.places !== model.places) {
    view.places = model.places;
    view.layer.clearLayers();
    view.marks.clear();
    view.teams.clear();
    view.isFit = false;
    for (const place of model.places.values()) if (place.at) addPlace(view, place);
  }
  view.ground.dataset.crowded = Object.keys(model.positions).length > LABELS_MAX;
  view.ground.dataset.dense = model.places.size > PLACE_NUMBERS_MAX;
  for (const [id, mark] of view.marks) drawPlaceMark(view.desk, mark, id);
  for (const [team, position] of Object.entries(model.positions)) {
    if (!view.teams.has(team)) addTeam(view, team, position);
    drawTeamMark(view.desk, view.teams.get(team), team, position);
  }
  if (!view.isFit && view.ground.clientWidth > 0) fitAll(view);
}

function addPlace(view, place) {
  const mark = placeMark(view.leaflet, place);
  mark.layer.on("click", () => view.desk.go("places", { place: place.id }));
  mark.layer.addTo(view.layer);
  view.marks.set(place.id, mark);
}

function addTeam(view, team, position) {
  const mark = teamMark(view.leaflet, view.desk.model.teams.get(team)?.name ?? team, position);
  mark.layer.on("click", () => view.desk.go("teams", { team }));
  mark.layer.addTo(view.layer);
  view.teams.set(team, mark);
}

function fitAll(view) {
  const { model } = view.desk;
  const points = [...model.places.values()].flatMap((place) => (place.at ? [place.at] : []));
  for (const [lat, lon] of Object.values(model.positions)) points.push([lat, lon]);
  if (!points.length) return;
  view.isFit = true;
  if (points.length === 1) view.map.setView(points[0], START_ZOOM);
  else view.map.fitBounds(points, { padding: [24, 24], maxZoom: ZOOM_MAX, animate: false });
}
