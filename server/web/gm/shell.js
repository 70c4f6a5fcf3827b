/** The frame of the console: head, health strip, areas, and what lies over them. */

import { fill, h, setAttribute, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { makeAnnounceArea } from "./announce.js";
import { makeBanner } from "./banner.js";
import { inFrames, paced, sayRefused } from "./desk.js";
import { makeHead } from "./head.js";
import { makeHealthStrip } from "./health.js";
import { makeHuntsArea } from "./hunts.js";
import { icon } from "./icons.js";
import { listenToKeys, openHelp } from "./keys.js";
import { makeMessagesArea } from "./messages.js";
import { makeOutbox } from "./outbox.js";
import { makeOverview } from "./overview.js";
import { makePlacesArea } from "./places.js";
import { makeStaffArea } from "./staff.js";
import { makeTeamsArea } from "./teams.js";

const DRAW_GAP_MS = 150; // Of pushes; the server's own pace is slower.

export const AREAS = {
  overview: makeOverview,
  teams: makeTeamsArea,
  places: makePlacesArea,
  messages: makeMessagesArea,
  announce: makeAnnounceArea,
  staff: makeStaffArea,
  hunts: makeHuntsArea,
};

/** @param {import("./desk.js").Desk} desk */
export function makeShell(desk) {
  const parts = {
    head: makeHead(desk),
    strip: makeHealthStrip(desk),
    banner: makeBanner(desk),
    nav: makeNav(desk),
    areas: makeAreas(desk),
    outbox: makeOutbox(desk),
  };
  const all = Object.values(parts);
  const node = h(
    "div",
    { class: "console" },
    all.map((part) => part.node),
  );
  desk.redraw = inFrames(() => {
    desk.refresh();
    for (const part of all) part.draw();
  });
  desk.openHelp = openHelp;
  listenToKeys(desk, () => node.isConnected);
  desk.go(desk.model.hunt ? "overview" : "hunts");
  return {
    node,
    draw: paced(desk.redraw, DRAW_GAP_MS),
    onMessage: (message) => parts.strip.onMessage(message),
    onRefused: (action) => sayRefused(desk, action),
    onTakenOver: () => parts.banner.takenOver(),
  };
}

/** One area at a time; each is made when it is first gone to, and kept. */
function makeAreas(desk) {
  const node = h("main", { class: "area", id: "area", tabindex: "-1" });
  const made = new Map();
  desk.go = (area, selection = {}) => {
    desk.selection = { ...desk.selection, ...selection };
    if (desk.area !== area) {
      desk.area = area;
      if (!made.has(area)) made.set(area, AREAS[area](desk));
      fill(node, made.get(area).node);
      node.scrollTop = 0;
    }
    desk.redraw();
    made.get(area).onShown?.(selection);
  };
  return { node, draw: () => made.get(desk.area)?.draw() };
}

function makeNav(desk) {
  const badge = h("span", { class: "nav-badge number", hidden: true });
  const buttons = new Map();
  Object.keys(AREAS).forEach((area, index) => buttons.set(area, navButton(desk, area, index + 1)));
  buttons.get("messages").append(badge);
  return {
    node: h("nav", { class: "nav", "aria-label": t("areas") }, [...buttons.values()]),
    draw() {
      for (const [area, node] of buttons) {
        setAttribute(node, "aria-current", area === desk.area ? "page" : null);
      }
      const count = openMessages(desk.model);
      setText(badge, count || "");
      show(badge, count > 0);
    },
  };
}

function navButton(desk, area, key) {
  const word = t(`area_${area}`);
  const props = {
    type: "button",
    class: "nav-button",
    "data-test": `area-${area}`,
    "aria-keyshortcuts": key,
    title: `${word} (${key})`,
    onclick: () => desk.go(area),
  };
  return h("button", props, icon(area), h("span", { class: "nav-word" }, word));
}

function openMessages(model) {
  let count = 0;
  for (const message of model.messages.values()) if (message.state === "open") count += 1;
  return count;
}
