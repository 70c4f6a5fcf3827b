/** The four tabs, within reach of the thumb. */

import { fill, h, setAttribute, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { icon } from "./icons.js";

const SIGNS = { places: "pin", map: "map", board: "board", messages: "message" };

/**
 * @param {Object<string, {node: HTMLElement, draw: () => void, opened?: () => void,
 *   closed?: () => void}>} views By the tab's name.
 */
export function createTabs(views) {
  let current = null;
  const panels = Object.entries(views).map(([name, view]) =>
    h("section", { class: `panel ${name}`, id: `panel-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name}`, hidden: true }, view.node),
  );
  const buttons = Object.keys(views).map((name) => tabButton(name, () => open(name)));
  const bar = h("nav", { class: "tabs", role: "tablist", "aria-label": t("appName") }, buttons);
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = Object.keys(views);
    const next = (names.indexOf(current) + step + names.length) % names.length;
    open(names[next]);
    buttons[next].focus();
  });

  function open(name) {
    if (name === current) return;
    if (current) views[current].closed?.();
    current = name;
    for (const [index, key] of Object.keys(views).entries()) {
      show(panels[index], key === name);
      setAttribute(buttons[index], "aria-selected", String(key === name));
      setAttribute(buttons[index], "tabindex", key === name ? "0" : "-1");
    }
    views[name].draw();
    views[name].opened?.();
  }

  return {
    bar,
    panels,
    open,
    draw: () => views[current]?.draw(),
    /** A number on a tab, for what is new there. */
    badge(name, count) {
      const badge = buttons[Object.keys(views).indexOf(name)].querySelector(".tab-badge");
      show(badge, count > 0);
      setText(badge.firstChild, count || "");
      setText(badge.lastChild, ` ${t("isNew")}`);
    },
  };
}

function tabButton(name, onclick) {
  const badge = h("span", { class: "tab-badge number", hidden: true }, h("span", {}), h("span", { class: "visually-hidden" }));
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
