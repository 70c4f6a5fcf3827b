/** Keyboard shortcuts, and the dialog that lists them. */

import { h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { openDialog } from "./dialog.js";

const AREA_KEYS = ["overview", "teams", "places", "messages", "announce", "staff", "hunts"];

const KEYS = {
  a: (desk) => desk.go("announce", { isWriting: true }),
  m: (desk) => desk.go("messages"),
  "/": (desk) => desk.go("teams", { isSearching: true }),
  h: () => document.querySelector("[data-test=health]")?.click(),
  f: () => document.querySelector("[data-test=finish]")?.click(),
  p: () => pressFirst(["pause", "resume", "start"]),
  "?": () => openHelp(),
};

function pressFirst(names) {
  for (const name of names) {
    const button = document.querySelector(`[data-test=${name}]`);
    if (button && !button.hidden) {
      button.focus();
      return;
    }
  }
}

/**
 * @param {import("./desk.js").Desk} desk
 * @param {() => boolean} isShown Whether its console is on the page.
 */
export function listenToKeys(desk, isShown) {
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
    const isElsewhere =
      event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]");
    if (isTyping || isElsewhere || !isShown()) return;
    const area = AREA_KEYS[Number(event.key) - 1];
    const act = area ? () => desk.go(area) : KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act(desk);
  });
}

export function openHelp() {
  const areas = AREA_KEYS.map((area, index) => [String(index + 1), t(`area_${area}`)]);
  const rest = ["a", "m", "/", "p", "f", "h", "?"].map((key) => [
    key,
    t(`key_${key === "/" ? "slash" : key === "?" ? "help" : key}`),
  ]);
  const arrows = [
    ["← ↑ ↓ →", t("key_arrows")],
    ["Enter", t("key_enter")],
    ["Esc", t("key_escape")],
  ];
  openDialog(t("helpTitle"), () => [
    h(
      "dl",
      { class: "keys" },
      [...areas, ...rest, ...arrows].map(([key, word]) => [
        h("dt", {}, h("kbd", {}, key)),
        h("dd", {}, word),
      ]),
    ),
    h("p", { class: "soft" }, t("helpMore")),
  ]);
}
