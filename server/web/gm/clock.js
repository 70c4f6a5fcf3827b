/** Phase and clock of the hunt. */

import { duration, huntTime, timeOfDay } from "../common/clock.js";
import { h, setAttribute, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";

export const PHASE_SIGNS = { draft: "○", running: "▶", paused: "❚❚", finished: "■" };
const PHASE_LEVELS = { draft: "", running: "good", paused: "warn", finished: "" };
const LAST_MINUTES_S = 600; // The clock stands out for the last ten minutes.

/** `Running`, `Paused` … */
export const phaseWord = (phase) => t(`phase${phase[0].toUpperCase()}${phase.slice(1)}`);

/** @param {import("./desk.js").Desk} desk */
export function makeClock(desk) {
  const phase = h("span", { class: "badge phase", "data-test": "phase" });
  const left = h("span", { class: "clock number", "data-test": "time-left" });
  const word = h("span", { class: "clock-word soft" });
  const frozen = h("span", { class: "badge warn", "data-test": "frozen" }, `❄ ${t("frozenShort")}`);
  const node = h("div", { class: "head-clock row" }, phase, left, word, frozen);
  return {
    node,
    draw() {
      const { model } = desk;
      show(node, Boolean(model.hunt));
      if (!model.hunt) return;
      drawPhase(phase, model.hunt.phase);
      show(frozen, model.isFrozen);
      drawTimes(model, left, word);
    },
  };
}

function drawPhase(node, phase) {
  setAttribute(node, "data-state", phase);
  setAttribute(node, "class", `badge phase ${PHASE_LEVELS[phase]}`);
  setText(node, `${PHASE_SIGNS[phase]} ${phaseWord(phase)}`);
}

function drawTimes(model, left, word) {
  const times = huntTime(model.hunt, model.madeAt);
  const isDraft = model.hunt.phase === "draft";
  const isLast =
    times.left !== null && times.left < LAST_MINUTES_S && model.hunt.phase === "running";
  left.classList.toggle("last", isLast);
  if (isDraft && model.hunt.starts_at) {
    setText(left, timeOfDay(model.hunt.starts_at));
    setText(word, t("clockStarts"));
  } else if (times.left !== null && model.hunt.phase !== "finished") {
    setText(left, duration(times.left));
    setText(word, t("clockLeft", { elapsed: duration(times.elapsed) }));
  } else {
    setText(left, duration(times.elapsed));
    setText(word, t("clockElapsed"));
  }
}
