/** The page's few signs, drawn with one line. They never stand without words or a label. */

import { svg } from "../common/dom.js";

const PATHS = {
  pin: "M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  map: "M3 6.5 9 4l6 2.5L21 4v13.5L15 20l-6-2.5L3 20zM9 4v13.5M15 6.5V20",
  board: "M5 20v-7h4v7M10 20V5h4v15M15 20v-10h4v10M3 20h18",
  message: "M4 5h16v11H10l-5 4v-4H4z",
  menu: "M4 7h16M4 12h16M4 17h16",
  check: "M5 12.5 10 17.5 19.5 7",
  ticks: "M2 12.5 6.5 17 15 8M10.5 15.5 12 17 21.5 7.5",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.5l3.5 2",
  up: "M12 20V5M6 11l6-6 6 6",
  cross: "M6 6l12 12M18 6 6 18",
  scan: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M8 8h3v3H8zM13 8h3v3h-3zM8 13h3v3H8zM14 14h2v2",
  target: "M12 3v4M12 17v4M3 12h4M17 12h4M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8z",
  flag: "M6 21V4M6 5c4-2 7 2 12 0v8c-5 2-8-2-12 0",
  pause: "M8 5v14M16 5v14",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  frozen: "M12 3v18M4.2 7.5l15.6 9M19.8 7.5l-15.6 9M9.5 4.5 12 7l2.5-2.5M9.5 19.5 12 17l2.5 2.5",
  closed: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM5.7 5.7l12.6 12.6",
  ring: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z",
  bulb: "M9 18h6M10 21h4M8.5 14.5A6 6 0 1 1 15.5 14.5c-.8.6-1 1.2-1 2h-5c0-.8-.2-1.4-1-2z",
  undo: "M4 9h11a5 5 0 0 1 0 10h-4M8 5 4 9l4 4",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4",
  walk: "M13 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM9 21l2-6-2-3 1-5 3-.5 2 3.5 3 1M11 15l4 2 1 4M10 7 7 9l-.5 3",
  nosignal:
    "M3 3l18 18M5 12.5a10 10 0 0 1 4-2.6M19 12.5a10 10 0 0 0-5-2.9M8.5 16a5 5 0 0 1 7 0M12 20h.01M2 9a15 15 0 0 1 4-2.7M22 9a15 15 0 0 0-11.5-4",
  phone: "M7 2.5h10v19H7zM11 18.5h2",
  arrow: "M9 5l7 7-7 7",
};

/**
 * A sign; hidden from screen readers, as the words beside it say the same.
 * @param {keyof typeof PATHS} name
 */
export function icon(name) {
  return svg(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] }),
  );
}

/** Three stones on each other: the mark of the game. */
export function cairn(className = "cairn") {
  return svg(
    "svg",
    { class: className, viewBox: "0 0 64 64", "aria-hidden": "true", focusable: "false" },
    svg("ellipse", { cx: 32, cy: 52, rx: 24, ry: 8.5 }),
    svg("ellipse", { cx: 30, cy: 36.5, rx: 17, ry: 7.5 }),
    svg("ellipse", { cx: 34, cy: 23, rx: 12, ry: 6.5 }),
    svg("ellipse", { cx: 31.5, cy: 12, rx: 7, ry: 4.8 }),
  );
}
