/** The few pictures of the console, drawn as lines. */

import { svg } from "../common/dom.js";

const PATHS = {
  overview: ["M3 3h8v8H3z", "M13 3h8v5h-8z", "M13 10h8v11h-8z", "M3 13h8v8H3z"],
  teams: [
    "M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
    "M2 21c0-4 3-6 7-6s7 2 7 6",
    "M16 3.5a4 4 0 0 1 0 7",
    "M18.5 15.5c2.3.8 3.5 2.600 3.500 5.500",
  ],
  places: [
    "M12 22s7-7.500 7-12.500a7 7 0 1 0-14 0C5 14.500 12 22 12 22z",
    "M12 12a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  ],
  messages: ["M4 4h16v12H9l-5 4z", "M8 8.500h8", "M8 11.500h5"],
  announce: ["M4 10v4h3l8 5V5l-8 5z", "M18.500 9a4 4 0 0 1 0 6"],
  staff: ["M5 3h11l3 3v15H5z", "M8.500 9h7", "M8.500 13h7", "M8.500 17h4"],
  hunts: ["M5 21V4", "M5 4h13l-3 4 3 4H5"],
  help: [
    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
    "M9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.700.400-1 .900-1 1.700",
    "M12 17h.01",
  ],
  leave: ["M10 4H5v16h5", "M14 8l4 4-4 4", "M18 12H9"],
};

/** @param {string} name */
export function icon(name) {
  const paths = PATHS[name].map((d) => svg("path", { d }));
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, paths);
}

/** The mark: three stones, one on the other. */
export function mark() {
  return svg(
    "svg",
    { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true" },
    svg("ellipse", { cx: 16, cy: 25, rx: 12, ry: 4.5 }),
    svg("ellipse", { cx: 15, cy: 16.5, rx: 8.5, ry: 3.7 }),
    svg("ellipse", { cx: 17, cy: 9, rx: 5, ry: 3 }),
  );
}
