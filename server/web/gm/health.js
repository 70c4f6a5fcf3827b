/** The health strip: what the server does, with a sign, a word and a colour for each figure. */

import { serverNow } from "../common/clock.js";
import { h, setAttribute, setText, show } from "../common/dom.js";
import { currentLocale, t } from "../common/texts.js";
import { setFlag } from "./flags.js";
import { openHealth } from "./health_panel.js";
import { FIGURES, growth, levelOf, overall, shedLevel, SIGNS } from "./levels.js";

/** @param {import("./desk.js").Desk} desk */
export function makeHealthStrip(desk) {
  const whole = chip("status");
  const figures = new Map(FIGURES.map((figure) => [figure, chip(figure.id)]));
  const shed = chip("shed");
  const alerts = chip("alerts");
  const chips = [whole, ...figures.values(), shed, alerts].map((one) => one.node);
  const props = { type: "button", class: "strip", "data-test": "health", title: t("healthOpen") };
  const node = h("button", { ...props, onclick: () => openHealth(desk) }, chips);
  const slow = growth();
  let slowNow = null;
  return {
    node,
    onMessage(message) {
      if (message.t === "health") slowNow = slow(message.health.slow_clients, serverNow());
    },
    draw() {
      const { health } = desk.model;
      const isStale = desk.link.state !== "online";
      setFlag(node, "data-stale", isStale);
      drawWhole(whole, health, isStale);
      for (const [figure, one] of figures) {
        const value = health?.[figure.field];
        one.draw(levelOf(figure, figure.isGrowing ? slowNow : value), figureText(figure, value));
      }
      drawShed(shed, health);
      drawAlerts(alerts, health);
    },
  };
}

function drawShed(shed, health) {
  const { active, level } = shedLevel(health);
  const steps = active.map((step) => t(`step_${step}`)).join(", ");
  shed.draw(health ? level : "none", steps || t("shedNone"));
}

function drawAlerts(alerts, health) {
  const quarantined = health?.quarantined?.length ?? 0;
  const count = quarantined + (health?.alerts?.length ?? 0);
  alerts.draw(quarantined ? "bad" : "warn", String(count));
  show(alerts.node, count > 0);
}

/** The figure as people read it; a dash when the server does not tell it. */
export function figureText(figure, value) {
  if (typeof value !== "number") return "–";
  const digits = { minimumFractionDigits: figure.digits, maximumFractionDigits: figure.digits };
  const scaled = (value * (figure.scale ?? 1)).toLocaleString(currentLocale(), digits);
  return figure.unit ? `${scaled} ${figure.unit}`.replace(" /s", "/s") : scaled;
}

function drawWhole(whole, health, isStale) {
  const level = isStale ? "none" : overall(health);
  setAttribute(whole.node, "data-level", level);
  whole.draw(level, isStale ? t("health_stale") : t(`health_${level}`));
}

function chip(id) {
  const sign = h("span", { class: "sign", "aria-hidden": "true" });
  const value = h("b", { class: "number" });
  const word = h("span", { class: "visually-hidden" });
  const node = h(
    "span",
    { class: "chip", "data-figure": id },
    sign,
    h("span", { class: "chip-name" }, t(`figure_${id}`)),
    value,
    word,
  );
  return {
    node,
    draw(level, text) {
      setAttribute(node, "data-level", level);
      setText(sign, SIGNS[level]);
      setText(value, text);
      setText(word, level === "good" || level === "none" ? "" : `(${t(`level_${level}`)})`);
    },
  };
}
