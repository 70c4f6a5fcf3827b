/** Announcements: writing one, and what became of those before. */

import { h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { makeTold } from "./announcements.js";
import { makeCompose } from "./compose.js";

/** @param {import("./desk.js").Desk} desk */
export function makeAnnounceArea(desk) {
  const compose = makeCompose(desk);
  const told = makeTold(desk);
  return {
    node: h(
      "div",
      { class: "split even" },
      h("h1", { class: "visually-hidden" }, t("area_announce")),
      compose.node,
      told.node,
    ),
    draw() {
      compose.draw();
      told.draw();
    },
    onShown(selection) {
      compose.onShown(selection);
      told.onShown(selection);
    },
  };
}
