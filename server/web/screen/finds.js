/** Who found something last. */

import { timeOfDay } from "../common/clock.js";
import { h, keyedList, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { appear } from "./glide.js";

const SHOWN_MAX = 12; // More than fit anywhere; the style hides those that do not.

export class Finds {
  constructor() {
    this._items = h("ol", { class: "finds" });
    this._title = h("h2");
    this._empty = h("p", { class: "empty" });
    this.node = h(
      "section",
      { class: "panel finds-panel" },
      h("div", { class: "panel-head" }, this._title),
      this._empty,
      this._items,
    );
    this._isFirst = true;
    this._list = keyedList(this._items, (find) => this._create(find), () => {});
  }

  draw(model) {
    const finds = model.finds.slice(-SHOWN_MAX).reverse();
    show(this._empty, finds.length === 0);
    const isDraft = model.hunt.phase === "draft";
    setText(this._title, t(isDraft ? "howToJoin" : "latestFinds"));
    setText(this._empty, isDraft ? t("joinAt", { address: location.host }) : t("noFinds"));
    this._list(finds, (find) => find.id);
    this._isFirst = false;
  }

  _create(find) {
    const rank = find.rank === 1 ? t("findFirst") : t("findRank", { rank: find.rank });
    const node = h(
      "li",
      { class: "find", "data-test": "find", "data-rank": find.rank <= 3 ? find.rank : null },
      h("span", { class: "find-team" }, find.name),
      h("time", { class: "soft number" }, timeOfDay(find.at)),
      h("span", { class: "find-place soft" }, find.place ?? t("somePlace")),
      find.rank && h("span", { class: "badge find-rank" }, find.rank === 1 && "★ ", rank),
    );
    if (!this._isFirst) appear(node);
    return node;
  }
}
