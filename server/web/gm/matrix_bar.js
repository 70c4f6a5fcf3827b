/** Above the matrix: what the colours mean, from when on they show, and how lines are sorted. */

import { fill, h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { cardHead, select } from "./parts.js";
import { changeSettings, currentSettings } from "./settings.js";
import { HEAT_DEFAULT_MIN } from "./stuck.js";

const SORTS = ["rank", "stuck", "name"];
const MINUTES_MAX = 600;

/**
 * @param {import("./desk.js").Desk} desk
 * @param {() => void} onChange
 */
export function makeMatrixBar(desk, onChange) {
  const legend = h("div", { class: "legend row", "aria-label": t("legend") });
  const changed = () => {
    drawLegend(legend);
    onChange();
  };
  const sorts = SORTS.map((one) => [one, t(`sort_${one}`)]);
  const sort = select(sorts, { class: "compact", "aria-label": t("sortBy") });
  sort.value = currentSettings().sort;
  sort.onchange = () => {
    changeSettings({ sort: sort.value });
    changed();
  };
  drawLegend(legend);
  return { node: cardHead(t("matrixTitle"), [legend, thresholdMenu(changed), sort]) };
}

function drawLegend(legend) {
  const steps = currentSettings().heat.map((minutes, index) =>
    h("span", { class: "swatch number", "data-heat": index + 1 }, `${minutes}′`),
  );
  fill(
    legend,
    h("span", { class: "swatch", "data-state": "found" }, "✓1"),
    h("span", { class: "soft" }, t("legendFound")),
    h("span", { class: "soft" }, t("legendStuck")),
    steps,
  );
}

function thresholdMenu(changed) {
  const inputs = currentSettings().heat.map((minutes, index) =>
    h("input", {
      class: "input compact number",
      type: "number",
      min: 1,
      max: MINUTES_MAX,
      value: minutes,
      "aria-label": t("warmFrom", { step: index + 1 }),
    }),
  );
  const apply = () => {
    const chosen = inputs.map((input) => Number(input.value)).filter((value) => value >= 1);
    if (chosen.length < inputs.length) return;
    changeSettings({ heat: chosen.sort((a, b) => a - b) });
    changed();
  };
  inputs.forEach((input) => input.addEventListener("change", apply));
  const reset = () => {
    inputs.forEach((input, index) => (input.value = HEAT_DEFAULT_MIN[index]));
    apply();
  };
  return h(
    "details",
    { class: "menu" },
    h("summary", { class: "button small" }, t("thresholds")),
    h(
      "div",
      { class: "card menu-panel stack" },
      h("p", { class: "soft" }, t("thresholdsHelp")),
      h("div", { class: "row" }, inputs),
      h(
        "button",
        { type: "button", class: "button quiet small", onclick: reset },
        t("thresholdsReset"),
      ),
    ),
  );
}
