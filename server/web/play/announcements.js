/**
 * Announcements that cannot be missed: a banner that stays until it is tapped, or, when urgent,
 * something that covers the page; the phone buzzes. And all of them in a list.
 */

import { timeOfDay } from "../common/clock.js";
import { fill, h, keyedList, setText, show } from "../common/dom.js";
import { markdown } from "../common/markdown.js";
import { t } from "../common/texts.js";
import { icon } from "./icons.js";

const BUZZ_MS = { info: [120], warning: [120, 80, 120], urgent: [400, 120, 400, 120, 400] };
const LEVELS = { info: "levelInfo", warning: "levelWarning", urgent: "levelUrgent" };

/** @param {import("./game.js").Game} game */
export function createAnnouncements(game) {
  const banner = h("div", { class: "banner", role: "alert", hidden: true });
  const overlay = h("dialog", { class: "urgent", role: "alertdialog", "aria-label": t("levelUrgent") });
  overlay.addEventListener("cancel", (event) => event.preventDefault());
  document.body.append(overlay);
  let shownBanner = null;
  let shownUrgent = null;

  function draw() {
    const unread = game.unread;
    const urgent = unread.find((one) => one.level === "urgent") ?? null;
    const calm = unread.filter((one) => one.level !== "urgent");
    drawUrgent(urgent);
    drawBanner(calm[0] ?? null, calm.length);
  }

  function drawUrgent(one) {
    if ((one?.id ?? null) === shownUrgent) return;
    shownUrgent = one?.id ?? null;
    if (!one) return overlay.close();
    fill(overlay, contents(one, () => game.markSeen(one.id)));
    if (!overlay.open) overlay.showModal();
  }

  function drawBanner(one, count) {
    const key = one && `${one.id} ${count}`;
    if (key === shownBanner) return;
    shownBanner = key;
    show(banner, one !== null);
    if (!one) return;
    banner.className = `banner ${one.level}`;
    fill(banner, contents(one, () => game.markSeen(one.id), count));
  }

  game.on("push", (message) => message.t === "announcement" && buzz(message.announcement.level));
  return { node: banner, draw };
}

function contents(one, onSeen, count = 1) {
  const button = h(
    "button",
    { class: "button", type: "button", "data-test": "announcement-seen", onclick: onSeen },
    icon("check"),
    count > 1 ? t("seenNext", { count: count - 1 }) : t("seenButton"),
  );
  return h(
    "div",
    { class: "announcement", "data-test": "announcement", "data-id": one.id, "data-level": one.level },
    h("p", { class: "announcement-head" }, icon("bell"), h("strong", {}, t(LEVELS[one.level])), h("time", {}, timeOfDay(one.at))),
    h("div", { class: "announcement-text" }, markdown(one.text)),
    button,
  );
}

/** Only after people touched the page: before that browsers forbid it. */
function buzz(level) {
  if (navigator.vibrate && navigator.userActivation?.hasBeenActive) navigator.vibrate(BUZZ_MS[level]);
}

/** All announcements, newest first. */
export function createAnnouncementList(game) {
  const list = h("ul", { class: "announcement-list stack" });
  const empty = h("p", { class: "soft" }, t("noAnnouncements"));
  const update = keyedList(list, create, (node, one) => {
    setText(node.querySelector(".seen-word"), game.unread.includes(one) ? t("isNew") : "");
  });
  const node = h("section", { class: "stack" }, h("h2", { class: "section-title" }, t("announcements")), list, empty);

  function draw() {
    const all = [...game.model.announcements].reverse();
    update(all, (one) => one.id);
    show(empty, !all.length);
  }
  return { node, draw };
}

function create(one) {
  return h(
    "li",
    { class: `card entry ${one.level}`, "data-test": "announcement-entry" },
    h("p", { class: "announcement-head" }, icon("bell"), h("strong", {}, t(LEVELS[one.level])), h("span", { class: "seen-word" }), h("time", {}, timeOfDay(one.at))),
    h("div", { class: "announcement-text" }, markdown(one.text)),
  );
}
