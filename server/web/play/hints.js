/** A place's hints: the price first, then the tap that pays it. */

import { duration, huntTime } from "../common/clock.js";
import { fill, h, keyedList, setText, show } from "../common/dom.js";
import { markdown } from "../common/markdown.js";
import { t } from "../common/texts.js";
import { icon } from "./icons.js";

/** @param {import("./game.js").Game} game */
export function createHints(game) {
  const list = h("ol", { class: "hints stack" });
  const node = h("section", { class: "stack" }, h("h3", {}, t("hints")), list);
  let place = null;
  const update = keyedList(
    list,
    (hint) => create(hint, (index) => buy(index)),
    (one, hint) => drawHint(one, hint, game, place),
  );

  function buy(index) {
    game.submit({ t: "hint", location: place.id, hint: index });
  }
  function draw(current, canPlay) {
    place = current;
    const hints = current.hints ?? [];
    const shown = canPlay ? hints : hints.filter((one) => one.text);
    show(node, shown.length > 0);
    update(shown, (hint) => `${current.id} ${hint.hint}`);
  }
  return { node, draw };
}

function create(hint, buy) {
  const words = h("div", { class: "hint-text" });
  const label = h("span", { class: "grow" });
  const price = h("span", { class: "badge number" });
  const button = hintButton("hint-button", { "data-hint": hint.hint }, () => arm(true));
  button.append(icon("bulb"), label, price);
  const confirm = hintButton("primary", { "data-test": "hint-confirm" }, () => {
    arm(false);
    buy(hint.hint);
  });
  const cancel = hintButton("", {}, () => arm(false));
  cancel.append(t("cancel"));
  const asking = h("div", { class: "row wrap", hidden: true }, confirm, cancel);
  const arm = (isArmed) => {
    button.hidden = isArmed;
    asking.hidden = !isArmed;
    (isArmed ? confirm : button).focus();
  };
  const node = h("li", { class: "hint" }, words, button, asking);
  return Object.assign(node, { parts: { words, label, price, button, confirm, asking } });
}

function hintButton(look, more, onclick) {
  const test = look === "hint-button" ? { "data-test": look } : {};
  return h("button", { class: `button ${look}`, type: "button", ...test, ...more, onclick });
}

function drawHint(node, hint, game, place) {
  const { words, label, price, button, confirm, asking } = node.parts;
  const isBought = Boolean(hint.text);
  show(words, isBought);
  if (isBought) {
    show(button, false);
    show(asking, false);
    if (node.drawn !== hint.text) fill(words, markdown(hint.text));
    node.drawn = hint.text;
    return;
  }
  show(button, asking.hidden);
  const isAsked = (one) =>
    one.message.t === "hint" && one.message.location === place.id && one.message.hint === hint.hint;
  const isWaiting = game.waiting.some(isAsked);
  const waitS = (hint.after_s ?? 0) - huntTime(game.model.hunt, game.model.madeAt).elapsed;
  button.disabled = isWaiting || waitS > 0 || game.model.hunt.phase !== "running";
  setText(label, hintWords(hint, isWaiting, waitS));
  setText(price, hint.cost ? t("minusPoints", { count: hint.cost }) : t("free"));
  setText(confirm, hint.cost ? t("buyFor", { count: hint.cost }) : t("showHint"));
}

function hintWords(hint, isWaiting, waitS) {
  const count = hint.hint + 1;
  if (isWaiting) return t("hintWaiting", { number: count });
  return waitS > 0
    ? t("hintIn", { number: count, left: duration(waitS) })
    : t("hintNumber", { number: count });
}
