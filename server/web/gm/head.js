/** The head of the console: the hunt in view, its phase and clock, and the buttons that rule it. */

import { h, setAttribute, setText } from "../common/dom.js";
import { t } from "../common/texts.js";
import { makeClock } from "./clock.js";
import { icon, mark } from "./icons.js";
import { button } from "./parts.js";
import { makePhaseButtons } from "./phase.js";

/** @param {import("./desk.js").Desk} desk */
export function makeHead(desk) {
  const clock = makeClock(desk);
  const buttons = makePhaseButtons(desk);
  const title = h("span", { class: "hunt-title" });
  const hunt = button(title, () => desk.go("hunts"), {
    class: "hunt-button",
    "data-test": "hunt",
    title: t("switchHunt"),
  });
  const who = h("span", { class: "who" });
  const net = h("span", { class: "badge", "data-test": "connection" });
  const brand = h("span", { class: "visually-hidden" }, t("appName"));
  const help = iconButton("help", t("help"), () => desk.openHelp(), "?");
  const leave = iconButton("leave", t("signOut"), () => desk.signOut());
  const node = h(
    "header",
    { class: "head" },
    h("div", { class: "brand" }, mark(), brand, hunt),
    clock.node,
    buttons.node,
    h("div", { class: "head-end row" }, net, who, help, leave),
  );
  return {
    node,
    draw() {
      const { hunt: inView, you } = desk.model;
      setText(title, inView?.title ?? t("noHunt"));
      setAttribute(hunt, "data-hunt", inView?.id);
      clock.draw();
      buttons.draw();
      setText(who, [you.name, t(`rights_${you.rights ?? "owner"}`)].filter(Boolean).join(" · "));
      drawNet(net, desk.link);
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
