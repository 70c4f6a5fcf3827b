/** The four tabs, within reach of the thumb. */

import { fill, h, setAttribute, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { icon } from "./icons.js";

const SIGNS = { places: "pin", map: "map", board: "board", messages: "message" };

export class Tabs {
  /**
   * @param {Object<string, {node: HTMLElement, draw: () => void, opened?: () => void,
   *   closed?: () => void}>} views By the tab's name.
   */
  constructor(views) {
    this._views = views;
    this._names = Object.keys(views);
    this._current = null;
    this._buttons = this._names.map((name) => tabButton(name, () => this.open(name)));
    this.panels = this._names.map((name) => tabPanel(name, views[name].node));
    const look = { class: "tabs", role: "tablist", "aria-label": t("appName") };
    this.bar = h("nav", look, this._buttons);
    this.bar.addEventListener("keydown", (event) => this._onKey(event.key));
  }

  _onKey(key) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const { length } = this._names;
    const next = (this._names.indexOf(this._current) + step + length) % length;
    this.open(this._names[next]);
    this._buttons[next].focus();
  }

  open(name) {
    if (name === this._current) return;
    if (this._current) this._views[this._current].closed?.();
    this._current = name;
    for (const [index, key] of this._names.entries()) {
      show(this.panels[index], key === name);
      setAttribute(this._buttons[index], "aria-selected", String(key === name));
      setAttribute(this._buttons[index], "tabindex", key === name ? "0" : "-1");
    }
    this._views[name].draw();
    this._views[name].opened?.();
  }

  draw() {
    this._views[this._current]?.draw();
  }

  /** A number on a tab, for what is new there. */
  badge(name, count) {
    const badge = this._buttons[this._names.indexOf(name)].querySelector(".tab-badge");
    show(badge, count > 0);
    setText(badge.firstChild, count || "");
    setText(badge.lastChild, ` ${t("isNew")}`);
  }
}

function tabPanel(name, node) {
  const look = { class: `panel ${name}`, id: `panel-${name}`, role: "tabpanel", hidden: true };
  return h("section", { ...look, "aria-labelledby": `tab-${name}` }, node);
}

function tabButton(name, onclick) {
  const badge = h(
    "span",
    { class: "tab-badge number", hidden: true },
    h("span", {}),
    h("span", { class: "visually-hidden" }),
  );
  const button = h("button", {
    class: "tab",
    type: "button",
    role: "tab",
    id: `tab-${name}`,
    "aria-controls": `panel-${name}`,
    "data-test": `tab-${name}`,
    onclick,
  });
  fill(button, icon(SIGNS[name]), h("span", {}, t(`tab_${name}`)), badge);
  return button;
}
