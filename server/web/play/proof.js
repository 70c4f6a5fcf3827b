/** The form of a claim: fields for exactly what a place asks for. */

import { duration, serverNow } from "../common/clock.js";
import { h, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { icon } from "./icons.js";
import { createFixField } from "./fix.js";

const TEXT_CHARS_MAX = 256;

/**
 * @param {import("./game.js").Game} game
 * @param {import("./locator.js").Locator} locator
 * @param {Object} place The wire's location.
 * @param {{scan: (() => void)|null, onClaim: (action: Object) => void}} on
 */
export function createProof(game, locator, place, { scan, onClaim }) {
  const asks = (kind) => place.proof.includes(kind);
  const code = asks("code") && textField("code", "characters");
  const answer = asks("answer") && textField("answer", "sentences");
  const fix = asks("position") && createFixField(locator, () => button.disabled || form.requestSubmit());
  const scanButton =
    code && scan && h("button", { class: "button", type: "button", onclick: scan }, icon("scan"), t("scan"));
  const button = h("button", { class: "button primary wide", "data-test": "claim-button" });
  const form = h(
    "form",
    { class: "stack claim-form", "data-test": "claim-form", novalidate: true },
    code && h("div", { class: "row end" }, code.node, scanButton),
    answer && answer.node,
    fix && fix.node,
    button,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });

  function submit() {
    const empty = [code, answer].find((one) => one && !one.input.value.trim());
    if (empty) return empty.input.focus();
    if (fix && !fix.take()) return; // It asks for consent, or waits for a better fix.
    const proof = {};
    if (code) proof.code = code.input.value.trim();
    if (answer) proof.answer = answer.input.value.trim();
    if (fix) proof.position = fix.take();
    onClaim(game.claim(place.id, proof));
    for (const one of [code, answer]) if (one) one.input.value = "";
  }

  function draw(current, canPlay) {
    const lockedS = (current.locked_until ?? 0) - serverNow();
    button.disabled = lockedS > 0 || !canPlay;
    const words = fix && !code && !answer ? "claimHere" : "claim";
    setText(button, lockedS > 0 ? t("lockedFor", { left: duration(lockedS) }) : t(words));
    if (fix) fix.draw();
    show(form, true);
  }

  return {
    node: form,
    draw,
    /** A code came from a scan or a link: send it when nothing else is asked for. */
    useCode(text) {
      if (!code) return;
      code.input.value = text;
      const next = answer && !answer.input.value ? answer.input : null;
      if (next) next.focus();
      else if (!button.disabled) submit();
    },
    focus: () => (code || answer)?.input.focus(),
    stop: () => fix && fix.stop(),
  };
}

function textField(kind, autocapitalize) {
  const input = h("input", {
    class: `input ${kind === "code" ? "code-input" : ""}`,
    name: kind,
    type: "text",
    "data-test": `claim-${kind}`,
    maxlength: TEXT_CHARS_MAX,
    autocomplete: "off",
    autocapitalize,
    spellcheck: "false",
    enterkeyhint: "send",
  });
  return { input, node: h("label", { class: "field grow" }, h("span", {}, t(`your_${kind}`)), input) };
}
