/** The places that everybody may see, on a map that nobody has to touch. */

import { h, setAttribute, show } from "../common/dom.js";
import { leaflet, tileLayer } from "../common/leaflet.js";
import { t } from "../common/texts.js";
import { labelSides } from "./labels.js";

const NEAREST_ZOOM = 16;
const PULSE_S = 60; // A place where somebody was just now is marked for so long.
const EDGE_PX = 48;
const DOT_AND_GAP = 0.8; // Of a dot's width: from its middle to its label.

export class PlacesMap {
  /** @param {Promise<Object|null>} tiles */
  constructor(tiles) {
    this._tiles = tiles;
    this._canvas = h("div", { class: "map-canvas" });
    this._credit = h("p", { class: "map-credit" });
    this.node = h(
      "section",
      { class: "panel map-panel", hidden: true, "aria-label": t("map") },
      this._canvas,
      this._credit,
    );
    this._marks = new Map();
    this._key = "";
    this._map = null;
  }

  draw(model, now) {
    const places = model.places.filter((place) => place.at);
    show(this.node, places.length > 0);
    if (!places.length) return;
    const key = JSON.stringify(places);
    if (key !== this._key) {
      this._key = key;
      this._place(places);
    }
    for (const [id, mark] of this._marks) {
      const { name } = mark;
      const latest = model.finds.findLast((find) => find.place === name);
      setAttribute(mark.node, "data-fresh", Boolean(latest && now - latest.at < PULSE_S));
      setAttribute(mark.node, "data-closed", model.closed.has(id));
    }
  }

  async _place(places) {
    const key = this._key;
    const [L, tiles] = await Promise.all([leaflet(), this._tiles]);
    if (!L || key !== this._key) return; // Without Leaflet there is no map, but all the rest.
    this._map ??= this._make(L, tiles);
    for (const mark of this._marks.values()) mark.remove();
    this._marks = new Map(places.map((place) => [place.id, this._mark(L, place)]));
    this._bounds = L.latLngBounds(places.map((place) => place.at));
    this._fit();
  }

  _make(L, tiles) {
    const map = L.map(this._canvas, {
      zoomControl: false,
      attributionControl: false,
      dragging: false,
      keyboard: false,
      scrollWheelZoom: false,
      doubleClickZoom: false,
      boxZoom: false,
      touchZoom: false,
      fadeAnimation: false,
    });
    map.setView([0, 0], 2);
    if (tiles) {
      tileLayer(L, tiles).addTo(map);
      this._credit.textContent = tiles.attribution;
    }
    show(this._credit, Boolean(tiles));
    setAttribute(this._canvas, "data-plain", !tiles);
    new ResizeObserver(() => this._fit()).observe(this._canvas);
    return map;
  }

  _fit() {
    if (!this._canvas.clientWidth) return;
    this._map.invalidateSize({ animate: false });
    this._map.fitBounds(this._bounds, {
      padding: [EDGE_PX, EDGE_PX],
      maxZoom: NEAREST_ZOOM,
      animate: false,
    });
    this._label();
  }

  /** Put the names where they do not cover each other. */
  _label() {
    const marks = [...this._marks.values()];
    const canvas = { width: this._canvas.clientWidth, height: this._canvas.clientHeight };
    const dot = marks[0].dot.offsetWidth * DOT_AND_GAP;
    const measured = marks.map(({ at, label }) => {
      const { x, y } = this._map.latLngToContainerPoint(at);
      return { x, y, width: label.offsetWidth, height: label.offsetHeight };
    });
    const sides = labelSides(measured, canvas, dot);
    marks.forEach(({ node }, index) => setAttribute(node, "data-side", sides[index]));
  }

  _mark(L, place) {
    const dot = h("span", { class: "mark-dot" });
    const label = h("span", { class: "mark-name" }, place.name);
    const about = { class: "mark", "data-test": "map-place", "data-place": place.id };
    const node = h("div", about, dot, label);
    const icon = L.divIcon({ html: node, className: "mark-anchor", iconSize: [0, 0] });
    const marker = L.marker(place.at, { icon, interactive: false, keyboard: false });
    marker.addTo(this._map);
    return { node, dot, label, at: place.at, name: place.name, remove: () => marker.remove() };
  }
}
