/** A find is worth a moment: stones set themselves on each other, unless motion is not wanted. */

import { h } from "../common/dom.js";
import { number, t } from "../common/texts.js";
import { cairn } from "./icons.js";

/**
 * @param {Object} place The found place.
 * @param {boolean} isNew It was found just now, while people look.
 */
export function celebration(place, isNew) {
  const bonus = place.bonus ?? 0;
  return h(
    "div",
    { class: `celebration ${isNew ? "new" : ""}` },
    cairn("cairn big"),
    h("strong", { class: "celebration-title" }, t(isNew ? "foundNow" : "place_found")),
    h("span", { class: "celebration-points number" }, `+${number(place.points + bonus)}`),
    place.rank && h("span", {}, t("youWere", { rank: place.rank })),
    bonus > 0 && h("span", { class: "badge good" }, t("bonusOf", { count: bonus })),
  );
}
