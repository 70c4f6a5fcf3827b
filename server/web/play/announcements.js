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

export class Announcements {
  /** @param {import("./game.js").Game} game */
  constructor(game) {
    this._game = game;
    this._shownBanner = this._shownUrgent = null;
    this.node = h("div", { class: "banner", role: "alert", hidden: true });
    const look = { class: "urgent", role: "alertdialog", "aria-label": t("levelUrgent") };
    this._overlay = h("dialog", look);
    this._overlay.addEventListener("cancel", (event) => event.preventDefault());
    // Browsers let a second Escape through all the same: then it comes back.
    this._overlay.addEventListener("close", () => (this._shownUrgent = null));
    document.body.append(this._overlay);
    game.on("push", (message, before) => {
      const level = loudest(newsIn(message, before));
      if (level) buzz(level);
    });
  }

  draw() {
    const { unread } = this._game;
    const calm = unread.filter((one) => one.level !== "urgent");
    this._drawUrgent(unread.find((one) => one.level === "urgent") ?? null);
    this._drawBanner(calm[0] ?? null, calm.length);
  }

  /** Cover nothing any more. */
  close() {
    this._drawUrgent(null);
  }

  _drawUrgent(one) {
    const key = one && keyOf(one);
    if (key === this._shownUrgent) return;
    this._shownUrgent = key;
    if (!one) return this._overlay.close();
    fill(this._overlay, this._contents(one, 1));
    if (!this._overlay.open) this._overlay.showModal();
  }

  _drawBanner(one, count) {
    const key = one && `${keyOf(one)} ${count}`;
    if (key === this._shownBanner) return;
    this._shownBanner = key;
    show(this.node, one !== null);
    if (!one) return;
    this.node.className = `banner ${one.level}`;
    fill(this.node, this._contents(one, count));
  }

  _contents(one, count) {
    return contents(one, () => this._game.markSeen(one.id), count);
  }
}

function contents(one, onclick, count) {
  const words = count > 1 ? t("seenNext", { count: count - 1 }) : t("seenButton");
  const look = { class: "button", type: "button", "data-test": "announcement-seen", onclick };
  return h(
    "div",
    { class: "announcement", "data-test": "announcement", "data-id": one.id },
    headOf(one),
    h("div", { class: "announcement-text" }, markdown(one.text)),
    h("button", look, icon("check"), words),
  );
}

function headOf(one, ...more) {
  const level = h("strong", {}, t(LEVELS[one.level]));
  const time = h("time", {}, timeOfDay(one.at));
  return h("p", { class: "announcement-head" }, icon("bell"), level, more, time);
}

/** Tells announcements apart, of other hunts too: each hunt begins at 1. */
const keyOf = ({ id, at }) => `${id} ${at}`;

/** Announcements that a push brings, or a welcome after a time without signal. */
function newsIn({ t: kind, announcement, announcements = [] }, before) {
  if (kind === "announcement") return [announcement];
  if (kind !== "welcome" || !before) return [];
  const known = before.announcements.at(-1)?.id ?? 0;
  return announcements.filter((one) => one.id > known);
}

function loudest(announcements) {
  const levels = announcements.map((one) => one.level);
  return Object.keys(BUZZ_MS).findLast((level) => levels.includes(level));
}

/** Only after people touched the page: before that browsers forbid it. */
function buzz(level) {
  const isTouched = navigator.userActivation?.hasBeenActive;
  if (navigator.vibrate && isTouched) navigator.vibrate(BUZZ_MS[level]);
}

/** All announcements, newest first. */
export function createAnnouncementList(game) {
  const list = h("ul", { class: "announcement-list stack" });
  const empty = h("p", { class: "soft" }, t("noAnnouncements"));
  const update = keyedList(list, create, (node, one) => {
    setText(node.querySelector(".seen-word"), game.unread.includes(one) ? t("isNew") : "");
  });
  const node = h(
    "section",
    { class: "stack" },
    h("h2", { class: "section-title" }, t("announcements")),
    list,
    empty,
  );

  function draw() {
    const all = [...game.model.announcements].reverse();
    update(all, keyOf);
    show(empty, !all.length);
  }
  return { node, draw };
}

function create(one) {
  return h(
    "li",
    { class: `card entry ${one.level}`, "data-test": "announcement-entry" },
    headOf(one, h("span", { class: "seen-word" })),
    h("div", { class: "announcement-text" }, markdown(one.text)),
  );
}
