/** Announcements: one at a time along the bottom, large; several take turns. */

import { timeOfDay } from "../common/clock.js";
import { fill, h, show } from "../common/dom.js";
import { markdown } from "../common/markdown.js";
import { t } from "../common/texts.js";
import { appear } from "./glide.js";
import { current } from "./model.js";

const TURN_S = 10;
const SIGNS = { info: "i", warning: "!", urgent: "!!" };
const LABELS = { info: "levelInfo", warning: "levelWarning", urgent: "levelUrgent" };
const LONG = 140; // Characters from which the letters are smaller.
const VERY_LONG = 360;

export class Notices {
  constructor() {
    this.node = h("aside", { class: "notice-bar", "aria-live": "polite", hidden: true });
    this._shownId = null;
    this._newestId = 0;
    this._since = 0;
  }

  draw(model, now) {
    const all = current(model, now);
    show(this.node, all.length > 0);
    if (!all.length) {
      this._shownId = null;
      return;
    }
    const newest = all.reduce((one, other) => (other.id > one.id ? other : one));
    const index = all.findIndex((one) => one.id === this._shownId);
    let shown = all[index] ?? newest;
    if (newest.id > this._newestId) shown = newest;
    else if (index >= 0 && now - this._since >= TURN_S) shown = all[(index + 1) % all.length];
    this._newestId = Math.max(this._newestId, newest.id);
    if (shown.id === this._shownId) return;
    this._shownId = shown.id;
    this._since = now;
    this._fill(shown, all.indexOf(shown) + 1, all.length);
  }

  _fill(one, place, count) {
    const { length } = one.text;
    const size = length > VERY_LONG ? "small" : length > LONG ? "middle" : "large";
    const card = h(
      "div",
      { class: "announcement", "data-test": "announcement", "data-level": one.level },
      h("span", { class: "announcement-sign", "aria-hidden": "true" }, SIGNS[one.level] ?? "i"),
      h(
        "div",
        { class: "grow" },
        h("div", { class: "announcement-text", "data-size": size }, markdown(one.text)),
      ),
      h(
        "p",
        { class: "announcement-about number" },
        h("strong", {}, t(LABELS[one.level] ?? "levelInfo")),
        h("time", {}, timeOfDay(one.at)),
        count > 1 && h("span", {}, `${place}/${count}`),
      ),
    );
    fill(this.node, card);
    appear(card);
  }
}
