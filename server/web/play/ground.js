/** A plain ground to show positions on when no map can be had: metres, a grid, and a scale. */

import { fill, h, setText, svg } from "../common/dom.js";
import { number } from "../common/texts.js";

const METRES_PER_DEGREE = 111_320;
const SPAN_MIN_M = 200;
const SIZE = 1000; // Units of the drawing's side.

/** The same methods as the map of `leaflet.js` has. */
export class Ground {
  /**
   * @param {HTMLElement} container
   * @param {{onWalk: (lat: number, lon: number) => void, onPlace: (id: string) => void}} on
   */
  constructor(container, on) {
    this._on = on;
    this._places = [];
    this._own = null;
    this._view = null;
    this._grid = svg("g", { class: "ground-grid" });
    this._things = svg("g", {});
    this._scale = h("span", { class: "ground-scale badge" });
    const look = { class: "ground", viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true" };
    const drawing = svg("svg", look, this._grid, this._things);
    drawing.addEventListener("click", (event) => this._onClick(event, drawing));
    container.append(drawing, this._scale);
  }

  _onClick({ clientX, clientY }, drawing) {
    if (!this._view) return;
    const toUnits = drawing.getScreenCTM().inverse();
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(toUnits);
    this._on.onWalk(...this._view.back(x, y));
  }

  setPlaces(places) {
    this._places = places;
    this._draw();
  }

  setOwn(fix) {
    this._own = fix;
    this._draw();
  }

  centre() {
    this._view = null;
    this._draw();
  }

  resize() {}

  _draw() {
    const own = this._own;
    const points = [...this._places.map((one) => one.at), ...(own ? [[own.lat, own.lon]] : [])];
    if (!points.length) return;
    if (!this._view || !points.every(this._view.holds)) this._view = viewOf(points);
    const view = this._view;
    const step = stepOf(view.span);
    fill(this._grid, gridLines(view, step));
    const dots = this._places.map((one) => dot(view, one, this._on.onPlace));
    fill(this._things, dots, own && ownDot(view, own));
    setText(this._scale, step >= 1000 ? `${number(step / 1000)} km` : `${number(step)} m`);
  }
}

function viewOf(points) {
  const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
  const [lat, lon] = [middle(points.map((one) => one[0])), middle(points.map((one) => one[1]))];
  const eastM = METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
  const reach = Math.max(
    ...points.map((one) =>
      Math.max(Math.abs(one[0] - lat) * METRES_PER_DEGREE, Math.abs(one[1] - lon) * eastM),
    ),
  );
  const span = Math.max(SPAN_MIN_M, reach * 3);
  const unit = SIZE / span;
  const forth = ([a, b]) => [
    SIZE / 2 + (b - lon) * eastM * unit,
    SIZE / 2 - (a - lat) * METRES_PER_DEGREE * unit,
  ];
  const isInside = (value) => value > 0.04 * SIZE && value < 0.96 * SIZE;
  return {
    span,
    unit,
    forth,
    back: (x, y) => [
      lat - (y - SIZE / 2) / unit / METRES_PER_DEGREE,
      lon + (x - SIZE / 2) / unit / eastM,
    ],
    holds: (point) => forth(point).every(isInside),
  };
}

/** A round number of metres, about a fifth of the width. */
function stepOf(span) {
  const power = 10 ** Math.floor(Math.log10(span / 4));
  return [5, 2, 1].map((one) => one * power).find((one) => one <= span / 4) ?? power;
}

function gridLines(view, step) {
  const lines = [];
  for (let at = 0; at <= SIZE; at += step * view.unit) {
    lines.push(svg("path", { d: `M${at} 0V${SIZE}M0 ${at}H${SIZE}` }));
  }
  return lines;
}

function dot(view, place, onPlace) {
  const [x, y] = view.forth(place.at);
  const radius = Math.max(10, (place.radius_m ?? 0) * view.unit);
  return svg(
    "g",
    {
      class: `ground-place ${place.state}`,
      onclick: (event) => (event.stopPropagation(), onPlace(place.id)),
    },
    svg("circle", { class: "ground-radius", cx: x, cy: y, r: radius }),
    svg("circle", { class: "ground-dot", cx: x, cy: y, r: 14 }),
    svg("text", { x, y: y - 26, "text-anchor": "middle" }, place.name),
  );
}

function ownDot(view, own) {
  const [x, y] = view.forth([own.lat, own.lon]);
  return svg(
    "g",
    { class: "ground-own" },
    svg("circle", {
      class: "ground-accuracy",
      cx: x,
      cy: y,
      r: Math.max(16, own.accuracy * view.unit),
    }),
    svg("circle", { class: "ground-me", cx: x, cy: y, r: 14 }),
  );
}
