/** One entry of the staff log: who did what and when; with undo, or why there is none. */

import { timeOfDay } from "../common/clock.js";
import { h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { sentence } from "./sentences.js";
import { twoStep } from "./twostep.js";
import { undoOf } from "./undo.js";

/**
 * @param {import("./desk.js").Desk} desk
 * @param {Object} entry
 */
export function logEntry(desk, entry) {
  return h(
    "li",
    {
      class: "log-entry row",
      "data-test": "staff-entry",
      "data-kind": entry.kind,
      "data-id": entry.id,
    },
    h("time", { class: "number soft" }, timeOfDay(entry.at)),
    h(
      "div",
      { class: "grow" },
      h("div", {}, sentence(desk, entry)),
      h("div", { class: "soft small" }, entry.by || t("somebody")),
    ),
    undoPart(desk, entry),
  );
}

function undoPart(desk, entry) {
  const { request, why, isDangerous } = undoOf(desk.model, entry);
  if (why) return h("span", { class: "soft small no-undo" }, t(why));
  if (!desk.may(request.t, request.location)) return null;
  if (isDangerous) {
    return twoStep({
      label: t("undo"),
      confirm: t("undoConfirm"),
      test: "undo",
      consequences: () => [t(`undoDanger_${request.t}`)],
      act: () => desk.undo(entry),
    });
  }
  return h(
    "button",
    { type: "button", class: "button small", "data-test": "undo", onclick: () => desk.undo(entry) },
    `↶ ${t("undo")}`,
  );
}
