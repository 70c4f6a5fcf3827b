/** The frame of the console: head, health strip, areas, and what lies over them. */

import { fill, h, setAttribute, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { makeAnnounceArea } from "./announce.js";
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
  const head = makeHead(desk);
  const strip = makeHealthStrip(desk);
  const outbox = makeOutbox(desk);
  const banner = makeBanner(desk);
  const main = h("main", { class: "area", id: "area", tabindex: "-1" });
  const nav = makeNav(desk);
  const made = new Map();
  let shown = null;

  desk.go = (area, selection = {}) => {
    desk.selection = { ...desk.selection, ...selection };
    if (shown !== area) {
      shown = area;
      if (!made.has(area)) made.set(area, AREAS[area](desk));
      fill(main, made.get(area).node);
      main.scrollTop = 0;
      document.body.dataset.area = area;
    }
    desk.redraw();
    made.get(area).onShown?.(selection);
  };

  const drawNow = () => {
    desk.refresh();
    head.draw();
    strip.draw();
    banner.draw();
    outbox.draw();
    nav.draw(shown);
    made.get(shown)?.draw();
  };
  desk.redraw = inFrames(drawNow);
  listenToKeys(desk);
  desk.openHelp = () => openHelp();
  desk.go(desk.model.hunt ? "overview" : "hunts");

  return {
    node: h(
      "div",
      { class: "console" },
      head.node,
      strip.node,
      banner.node,
      nav.node,
      main,
      outbox.node,
    ),
    draw: paced(desk.redraw, DRAW_GAP_MS),
    onMessage: (message) => strip.onMessage(message),
    onRefused: (action) => sayRefused(desk, action),
    onTakenOver: () => banner.takenOver(),
  };
}

function makeNav(desk) {
  const badges = new Map();
  const buttons = new Map();
  Object.keys(AREAS).forEach((area, index) => {
    const badge = h("span", { class: "nav-badge number", hidden: true });
    badges.set(area, badge);
    buttons.set(
      area,
      h(
        "button",
        {
          type: "button",
          class: "nav-button",
          "data-test": `area-${area}`,
          "aria-keyshortcuts": index + 1,
          title: `${t(`area_${area}`)} (${index + 1})`,
          onclick: () => desk.go(area),
        },
        icon(area),
        h("span", { class: "nav-word" }, t(`area_${area}`)),
        badge,
      ),
    );
  });
  const node = h("nav", { class: "nav", "aria-label": t("areas") }, [...buttons.values()]);
  return {
    node,
    draw(shown) {
      for (const [area, button] of buttons) {
        setAttribute(button, "aria-current", area === shown ? "page" : null);
        const count = area === "messages" ? openMessages(desk.model) : 0;
        setText(badges.get(area), count || "");
        show(badges.get(area), count > 0);
      }
    },
  };
}

function openMessages(model) {
  let count = 0;
  for (const message of model.messages.values()) if (message.state === "open") count += 1;
  return count;
}

/** Across the page: this console is cut off, or another tab writes. */
function makeBanner(desk) {
  const text = h("span", { class: "grow" });
  const button = h(
    "button",
    { type: "button", class: "button small", onclick: () => desk.link.takeOver() },
    t("writeHere"),
  );
  const node = h(
    "div",
    { class: "banner row", role: "status", hidden: true, "data-test": "banner" },
    text,
    button,
  );
  let isTakenOver = false;
  return {
    node,
    takenOver() {
      isTakenOver = true;
      desk.redraw();
    },
    draw() {
      const { link } = desk;
      if (link.state === "online") isTakenOver = false;
      const isOffline = link.state !== "online" && !isTakenOver;
      const isLooking = !link.isWriting || isTakenOver;
      show(node, isOffline || isLooking);
      node.classList.toggle("bad", isOffline);
      show(button, isLooking);
      setText(text, isOffline ? offlineText(link) : isLooking ? t("lookingOn") : "");
    },
  };
}

function offlineText(link) {
  const waiting = link.recent.filter((action) => action.state === "queued").length;
  const seconds = link.retryAt ? Math.max(0, Math.ceil((link.retryAt - Date.now()) / 1000)) : 0;
  const next = link.retryAt ? t("retryIn", { seconds }) : t("stateConnecting");
  return `${t("consoleOffline")} ${next}. ${waiting ? t("commandsWait", { count: waiting }) : ""}`;
}
