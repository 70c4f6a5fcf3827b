/** The head of the console: the hunt in view, its phase and clock, and the buttons that rule it. */

import { h, setAttribute, setText } from "../common/dom.js";
import { t } from "../common/texts.js";
import { makeClock } from "./clock.js";
import { makePhaseButtons } from "./phase.js";
import { icon, mark } from "./icons.js";

/** @param {import("./desk.js").Desk} desk */
export function makeHead(desk) {
  const clock = makeClock(desk);
  const buttons = makePhaseButtons(desk);
  const title = h("span", { class: "hunt-title" });
  const hunt = h(
    "button",
    {
      type: "button",
      class: "hunt-button",
      "data-test": "hunt",
      title: t("switchHunt"),
      onclick: () => desk.go("hunts"),
    },
    title,
  );
  const who = h("span", { class: "who" });
  const net = h("span", { class: "badge", "data-test": "connection" });
  const node = h(
    "header",
    { class: "head" },
    h(
      "div",
      { class: "brand" },
      mark(),
      h("span", { class: "visually-hidden" }, t("appName")),
      hunt,
    ),
    clock.node,
    buttons.node,
    h(
      "div",
      { class: "head-end row" },
      net,
      who,
      iconButton("help", t("help"), () => desk.openHelp(), "?"),
      iconButton("leave", t("signOut"), () => desk.signOut()),
    ),
  );
  return {
    node,
    draw() {
      const { model, link } = desk;
      setText(title, model.hunt?.title ?? t("noHunt"));
      setAttribute(hunt, "data-hunt", model.hunt?.id);
      clock.draw();
      buttons.draw();
      setText(
        who,
        [model.you.name, t(`rights_${model.you.rights ?? "owner"}`)].filter(Boolean).join(" · "),
      );
      drawNet(net, link);
    },
  };
}

const NET = {
  online: ["●", "stateOnline", "good"],
  connecting: ["◌", "stateConnecting", "warn"],
  offline: ["■", "stateOffline", "bad"],
};

function drawNet(net, link) {
  const [sign, word, level] = NET[link.state];
  setAttribute(net, "data-state", link.state);
  setAttribute(net, "class", `badge ${level}`);
  setText(net, `${sign} ${t(word)}`);
}

function iconButton(name, label, act, key) {
  return h(
    "button",
    {
      type: "button",
      class: "button quiet small icon-button",
      "aria-label": label,
      title: key ? `${label} (${key})` : label,
      onclick: act,
    },
    icon(name),
  );
}
