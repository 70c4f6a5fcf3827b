/** The menu: who plays, what this phone may do, the language, and the way out. */

import { h, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { languageChoice } from "./language.js";
import { createSheet, twoStep } from "./sheet.js";

/**
 * @param {import("./game.js").Game} game
 * @param {{locator: import("./locator.js").Locator, wake: Object, install: Object}} parts
 */
export function createMenu(game, { locator, wake, install }) {
  const sheet = createSheet({ label: t("menu"), class: "menu" });
  const who = h("p", {});
  const players = h("p", { class: "soft" });
  const awake = toggle(t("keepAwake"), t("keepAwakeText"), (isOn) => wake.choose(isOn));
  const share = toggle(t("sharePosition"), t("consentText"), (isOn) => locator.decide(isOn ? "share" : "own"));
  const add = h("button", { class: "button wide", type: "button", onclick: () => install.ask() }, t("install"));
  const leave = twoStep({
    label: t("leave"),
    question: "",
    confirm: t("leaveConfirm"),
    test: "leave-confirm",
    act: () => {
      sheet.close();
      game.leave();
    },
  });
  leave.node.querySelector("button").dataset.test = "leave";
  sheet.body.append(
    h("div", {}, who, players),
    awake.node,
    share.node,
    add,
    h("h3", {}, t("language")),
    languageChoice(),
    h("hr", {}),
    leave.node,
  );

  function draw() {
    if (!sheet.isOpen) return;
    const { model } = game;
    setText(who, t("youAre", { name: model.you.name ?? "", team: model.team.name }));
    setText(players, t("teamPlayers", { players: model.team.players.join(", ") }));
    show(awake.node, wake.canKeep);
    awake.set(wake.wants());
    show(share.node, locator.consent !== null);
    share.set(locator.consent === "share");
    show(add, install.isOffered);
    const count = game.waiting.length;
    leave.ask(count ? `${t("leaveText")} ${t("leaveLoses", { count })}` : t("leaveText"));
  }

  return {
    draw,
    open() {
      leave.reset();
      sheet.open();
      draw();
    },
    close: () => sheet.close(),
  };
}

function toggle(label, words, act) {
  const box = h("input", { type: "checkbox", role: "switch", class: "switch", onchange: () => act(box.checked) });
  const node = h(
    "label",
    { class: "toggle row" },
    h("span", { class: "grow" }, h("strong", {}, label), h("span", { class: "soft small" }, words)),
    box,
  );
  return { node, set: (isOn) => (box.checked = isOn) };
}

/** The browser's own offer to put the page on the home screen. */
export function createInstall(onChange) {
  let offer = null;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event;
    onChange();
  });
  addEventListener("appinstalled", () => {
    offer = null;
    onChange();
  });
  return {
    get isOffered() {
      return offer !== null;
    },
    ask: () => offer?.prompt(),
  };
}
