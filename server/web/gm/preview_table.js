/** Who is affected by a correction, as a table or in sentences. */

import { h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { signed, teamName } from "./words.js";

const ROWS_MAX = 12; // More teams than that are counted instead of listed.

/**
 * @param {import("./desk.js").Desk} desk
 * @param {{effects?: import("./preview.js").Effect[], sentences?: string[]}} outcome
 */
export function previewTable(desk, { effects, sentences }) {
  if (sentences)
    return h(
      "ul",
      {},
      sentences.map((line) => h("li", {}, line)),
    );
  if (!effects.length) return h("p", { class: "soft" }, t("previewNobody"));
  const shown = effects.slice(0, ROWS_MAX);
  const more = effects.length - shown.length;
  const hasRanks = effects.some((one) => one.rank[0] !== one.rank[1]);
  return [
    h(
      "table",
      { class: "table small" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          heads(hasRanks).map((key) => h("th", { scope: "col" }, t(key))),
        ),
      ),
      h(
        "tbody",
        {},
        shown.map((effect) => effectRow(desk, effect, hasRanks)),
      ),
    ),
    more > 0 && h("p", { class: "soft" }, t("previewMore", { count: more })),
  ];
}

const heads = (hasRanks) =>
  hasRanks ? ["team", "pointsWord", "finderRank", "standing"] : ["team", "pointsWord", "standing"];

function effectRow(desk, effect, hasRanks) {
  return h(
    "tr",
    { "data-test": "affected", "data-team": effect.team },
    h("td", {}, teamName(desk.model, effect.team)),
    h("td", { class: "number" }, effect.delta ? signed(effect.delta) : "±0"),
    hasRanks && h("td", { class: "number" }, change(effect.rank)),
    h("td", { class: "number" }, change(effect.standing)),
  );
}

function change([before, after]) {
  const word = (value) => (value === null ? "–" : `${value}.`);
  return before === after ? word(before) : `${word(before)} → ${word(after)}`;
}
