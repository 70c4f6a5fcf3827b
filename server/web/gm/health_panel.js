/** All of the server's health in a dialog, and the switches of what is shed. */

import { fill, h } from "../common/dom.js";
import { number, t } from "../common/texts.js";
import { openDialog } from "./dialog.js";
import { figureText } from "./health.js";
import { FIGURES, levelOf, SIGNS } from "./levels.js";
import { isInUse, twoStep } from "./twostep.js";
import { age } from "./words.js";

const REDRAW_MS = 1000;
const MODES = ["auto", "on", "off"];

/** @param {import("./desk.js").Desk} desk */
export function openHealth(desk) {
  const figures = h("div", { class: "figures" });
  const notes = h("div", { class: "stack" });
  const ladder = h("div", { class: "stack ladder" });
  let shown = "";
  const draw = () => {
    const { health } = desk.model;
    if (!health) return;
    fill(figures, figureCards(health));
    fill(notes, noteLines(health));
    const state = JSON.stringify([health.shedding, desk.may("shed")]);
    if (state !== shown && !isInUse(ladder)) {
      shown = state;
      fill(
        ladder,
        health.shedding.map((step) => stepRow(desk, step)),
      );
    }
  };
  const timer = setInterval(draw, REDRAW_MS);
  openDialog(
    t("healthTitle"),
    () => [
      notes,
      figures,
      h("h3", {}, t("shedTitle")),
      h("p", { class: "soft" }, t("shedHelp")),
      ladder,
    ],
    { class: "wide", onClose: () => clearInterval(timer) },
  );
  draw();
}

function figureCards(health) {
  const known = FIGURES.map((figure) => {
    const value = health[figure.field];
    const level = figure.isGrowing ? "none" : levelOf(figure, value);
    return figureCard(t(`figure_${figure.id}`), figureText(figure, value), level);
  });
  const more = [
    [t("figure_pending"), number(health.journal_pending ?? 0)],
    [t("figure_accepted"), number(health.accepted ?? 0)],
    [t("figure_refused"), number(sum(health.refused))],
    [t("figure_failures"), number((health.commit_failures ?? 0) + (health.actor_failures ?? 0))],
    [t("figure_uptime"), age(health.uptime_s)],
  ].map(([name, value]) => figureCard(name, value, "none"));
  return [...known, ...more];
}

const sum = (counts) => Object.values(counts ?? {}).reduce((total, count) => total + count, 0);

function figureCard(name, value, level) {
  return h(
    "div",
    { class: "figure", "data-level": level },
    h("span", { class: "soft" }, name),
    h("b", { class: "number" }, level === "none" ? value : `${SIGNS[level]} ${value}`),
  );
}

function noteLines(health) {
  const lines = (health.alerts ?? []).map((alert) =>
    h("p", { class: "notice warn" }, `▲ ${alert}`),
  );
  if (health.quarantined?.length) {
    const actors = health.quarantined.join(", ");
    lines.push(
      h(
        "p",
        { class: "notice bad" },
        `■ ${t("quarantinedNow", { actors })} ${t("quarantinedHelp")}`,
      ),
    );
  }
  return lines;
}

function stepRow(desk, step) {
  const why = step.active
    ? `${t("shedActive")}${step.why ? ` · ${t(`why_${step.why}`)}` : ""}`
    : t("shedIdle");
  return h(
    "div",
    { class: "step-row", "data-test": "shed-step", "data-step": step.step },
    h(
      "div",
      { class: "grow" },
      h("b", {}, t(`step_${step.step}`)),
      h("div", { class: "soft small" }, t(`stepHelp_${step.step}`)),
    ),
    h("span", { class: `badge ${step.active ? "warn" : ""}` }, step.active ? `▲ ${why}` : why),
    h(
      "div",
      { class: "modes row", role: "group", "aria-label": t(`step_${step.step}`) },
      MODES.map((mode) => modeButton(desk, step, mode)),
    ),
  );
}

function modeButton(desk, step, mode) {
  const act = () => desk.command({ t: "shed", step: step.step, mode }, t("done_shed"));
  const isOn = step.mode === mode;
  if (step.step === "claims" && mode === "on" && !isOn && desk.may("shed")) {
    return twoStep({
      label: t("mode_on"),
      confirm: t("confirm_shed_claims"),
      consequences: () => [t("shedClaims_1"), t("shedClaims_2"), t("shedClaims_3")],
      act,
    });
  }
  return h(
    "button",
    {
      type: "button",
      class: `button small ${isOn ? "chosen" : ""}`,
      "aria-pressed": String(isOn),
      disabled: !desk.may("shed"),
      onclick: act,
    },
    t(`mode_${mode}`),
  );
}
