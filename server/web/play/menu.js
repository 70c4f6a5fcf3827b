/** The menu: who plays, what this phone may do, the language, and the way out. */

import { h, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { languageChoice } from "./language.js";
import { createSheet, twoStep } from "./sheet.js";

export class Menu {
  /**
   * @param {import("./game.js").Game} game
   * @param {{locator: import("./locator.js").Locator, wake: Object, install: Object}} parts
   */
  constructor(game, { locator, wake, install }) {
    this._game = game;
    this._parts = { locator, wake, install };
    this._sheet = createSheet({ label: t("menu"), class: "menu" });
    this._who = h("p", {});
    this._players = h("p", { class: "soft" });
    this._awake = toggle(t("keepAwake"), t("keepAwakeText"), (isOn) => wake.choose(isOn));
    this._share = toggle(t("sharePosition"), t("consentText"), (isOn) =>
      locator.decide(isOn ? "share" : "own"),
    );
    const ask = { class: "button wide", type: "button", onclick: () => install.ask() };
    this._install = h("button", ask, t("install"));
    this._leave = this._makeLeave();
    this._sheet.body.append(
      h("div", {}, this._who, this._players),
      this._awake.node,
      this._share.node,
      this._install,
      h("h3", {}, t("language")),
      languageChoice(),
      h("hr", {}),
      this._leave.node,
    );
  }

  _makeLeave() {
    const act = () => {
      this._sheet.close();
      this._game.leave();
    };
    return twoStep({ label: t("leave"), confirm: t("leaveConfirm"), test: "leave", act });
  }

  draw() {
    if (!this._sheet.isOpen) return;
    const { model, waiting } = this._game;
    const { locator, wake, install } = this._parts;
    setText(this._who, t("youAre", { name: model.you.name ?? "", team: model.team.name }));
    setText(this._players, t("teamPlayers", { players: model.team.players.join(", ") }));
    show(this._awake.node, wake.canKeep);
    this._awake.set(wake.wants());
    show(this._share.node, locator.consent !== null);
    this._share.set(locator.consent === "share");
    show(this._install, install.isOffered);
    const loses = waiting.length ? ` ${t("leaveLoses", { count: waiting.length })}` : "";
    this._leave.ask(t("leaveText") + loses);
  }

  open() {
    this._leave.reset();
    this._sheet.open();
    this.draw();
  }

  close() {
    this._sheet.close();
  }
}

function toggle(label, words, act) {
  const box = h("input", {
    type: "checkbox",
    role: "switch",
    class: "switch",
    onchange: () => act(box.checked),
  });
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
