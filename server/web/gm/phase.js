/** The buttons that rule the whole hunt; those that make no sense now are not there. */

import { h, setAttribute, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { correct } from "./corrections.js";
import { button } from "./parts.js";
import { twoStep } from "./twostep.js";

/** @param {import("./desk.js").Desk} desk */
export function makePhaseButtons(desk) {
  const simple = (name, kind = "small") => {
    const act = () => desk.command({ t: name }, t(`done_${name}`));
    return button(t(`do_${name}`), act, { class: kind, "data-test": name });
  };
  const extend = () => correct(desk, "extend", {});
  const buttons = {
    start: simple("start", "small primary"),
    resume: simple("resume", "small primary"),
    pause: simple("pause"),
    extend: button(t("do_extend"), extend, { "data-test": "extend" }),
    freeze: simple("freeze"),
    thaw: simple("thaw"),
    finish: twoStep({
      label: t("do_finish"),
      confirm: t("confirm_finish"),
      test: "finish",
      consequences: () => [t("finish_1"), t("finish_2"), t("finish_3")],
      act: () => desk.command({ t: "finish" }, t("done_finish")),
    }),
  };
  const props = { class: "phase-buttons row", role: "group", "aria-label": t("phaseButtons") };
  const node = h("div", props, Object.values(buttons));
  // A volunteer at a station has nothing to do with the clock.
  node.hidden = desk.model.you.rights === "station";
  return { node, draw: () => draw(desk, buttons) };
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
