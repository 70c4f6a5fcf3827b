/** Writing to the game masters, and what was written. */

import { timeOfDay } from "../common/clock.js";
import { fill, h, keyedList, setAttribute, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { createAnnouncementList } from "./announcements.js";
import { icon } from "./icons.js";
import { keyOf, outcomeOf, signOf } from "./outcome.js";

const TEXT_CHARS_MAX = 500;

/** @param {import("./game.js").Game} game */
export function createMessages(game) {
  const announcements = createAnnouncementList(game);
  const list = h("ul", { class: "said" });
  const empty = h("p", { class: "soft" }, t("nothingSaid"));
  const drawOne = (node, action) => drawSaid(node, action, game.model);
  const update = keyedList(list, create, drawOne);
  const title = h("h2", { class: "section-title" }, t("sayTitle"));
  const own = h("section", { class: "stack" }, title, createForm(game), list, empty);

  function draw() {
    announcements.draw();
    const said = game.actions.filter((one) => one.message.t === "say").reverse();
    update(said, keyOf);
    show(empty, !said.length);
  }
  return { node: h("div", { class: "columns even" }, announcements.node, own), draw };
}

function createForm(game) {
  const text = h("textarea", {
    class: "input",
    rows: 3,
    maxlength: TEXT_CHARS_MAX,
    "data-test": "say-text",
    placeholder: t("sayPlaceholder"),
  });
  const button = h(
    "button",
    { class: "button primary", "data-test": "say-button" },
    t("sayButton"),
  );
  const label = h("label", { class: "field" }, h("span", {}, t("sayLabel")), text);
  const form = h("form", { class: "stack", novalidate: true }, label, button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (!words) return text.focus();
    game.submit({ t: "say", text: words });
    text.value = "";
  });
  return form;
}

function create(action) {
  return h(
    "li",
    { class: "bubble", "data-test": "said", "data-n": action.n },
    h("p", {}, action.message.text),
    h(
      "p",
      { class: "bubble-foot" },
      h("span", { class: "bubble-words" }),
      h("time", {}, action.madeAt ? timeOfDay(action.madeAt) : ""),
      h("span", { class: "bubble-sign" }),
    ),
  );
}

function drawSaid(node, action, model) {
  if (node.dataset.state !== action.state)
    fill(node.querySelector(".bubble-sign"), icon(signOf(action)));
  setAttribute(node, "data-state", action.state);
  setText(node.querySelector(".bubble-words"), outcomeOf(action, model));
}
