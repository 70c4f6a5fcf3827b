/** The buttons that rule the whole hunt; those that make no sense now are not there. */

import { h, setAttribute, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { correct } from "./corrections.js";
import { twoStep } from "./twostep.js";

/** @param {import("./desk.js").Desk} desk */
export function makePhaseButtons(desk) {
  const simple = (name, className = "") =>
    h(
      "button",
      {
        type: "button",
        class: `button small ${className}`,
        "data-test": name,
        onclick: () => desk.command({ t: name }, t(`done_${name}`)),
      },
      t(`do_${name}`),
    );
  const start = simple("start", "primary");
  const pause = simple("pause");
  const resume = simple("resume", "primary");
  const freeze = simple("freeze");
  const thaw = simple("thaw");
  const extend = h(
    "button",
    {
      type: "button",
      class: "button small",
      "data-test": "extend",
      onclick: () => correct(desk, "extend", {}),
    },
    t("do_extend"),
  );
  const finish = twoStep({
    label: t("do_finish"),
    confirm: t("confirm_finish"),
    test: "finish",
    consequences: () => [t("finish_1"), t("finish_2"), t("finish_3")],
    act: () => desk.command({ t: "finish" }, t("done_finish")),
  });
  const node = h(
    "div",
    { class: "phase-buttons row", role: "group", "aria-label": t("phaseButtons") },
    [start, resume, pause, extend, freeze, thaw, finish],
  );
  // A volunteer at a station has nothing to do with the clock.
  node.hidden = desk.model.you.rights === "station";
  return { node, draw: () => draw(desk, { start, pause, resume, freeze, thaw, extend, finish }) };
}

function draw(desk, buttons) {
  const { model } = desk;
  const phase = model.hunt?.phase;
  const isUnderWay = phase === "running" || phase === "paused";
  const isWanted = {
    start: phase === "draft",
    pause: phase === "running",
    resume: phase === "paused",
    extend: isUnderWay && Boolean(model.hunt.duration_s),
    freeze: Boolean(phase) && !model.isFrozen,
    thaw: Boolean(phase) && model.isFrozen,
    finish: isUnderWay,
  };
  for (const [name, node] of Object.entries(buttons)) {
    show(node, isWanted[name]);
    setAttribute(node.button ?? node, "disabled", !desk.may(name));
  }
}
