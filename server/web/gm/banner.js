/** What keeps a console from working, and the way to work all the same. */

import { h, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";

/**
 * Across the page: this console is cut off, or another tab writes.
 * @param {import("./desk.js").Desk} desk
 */
export function makeBanner(desk) {
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
