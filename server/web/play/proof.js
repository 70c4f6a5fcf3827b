/** The form of a claim: fields for exactly what a place asks for. */

import { duration, serverNow } from "../common/clock.js";
import { h, setText } from "../common/dom.js";
import { t } from "../common/texts.js";
import { icon } from "./icons.js";
import { FixField } from "./fix.js";

const TEXT_CHARS_MAX = 256;

export class Proof {
  /**
   * @param {import("./game.js").Game} game
   * @param {import("./locator.js").Locator} locator
   * @param {Object} place The wire's location.
   * @param {{scan: (() => void)|null, onClaim: (action: Object) => void}} on
   */
  constructor(game, locator, place, { scan, onClaim }) {
    this._game = game;
    this._place = place;
    this._onClaim = onClaim;
    const asks = (kind) => place.proof.includes(kind);
    this._code = asks("code") ? textField("code", "characters") : null;
    this._answer = asks("answer") ? textField("answer", "sentences") : null;
    const sendSoon = () => this._button.disabled || this.node.requestSubmit();
    this._fix = asks("position") ? new FixField(locator, sendSoon) : null;
    this._button = h("button", { class: "button primary wide", "data-test": "claim-button" });
    this.node = h(
      "form",
      { class: "stack claim-form", "data-test": "claim-form", novalidate: true },
      this._code && h("div", { class: "row end" }, this._code.node, scan && scanButton(scan)),
      this._answer?.node,
      this._fix?.node,
      this._button,
    );
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this._submit();
    });
  }

  get _texts() {
    return [this._code, this._answer].filter(Boolean);
  }

  _submit() {
    const empty = this._texts.find((one) => !one.input.value.trim());
    if (empty) return empty.input.focus();
    const position = this._fix?.take();
    if (position === null) return; // It asks for consent, or waits for a better fix.
    const proof = {};
    for (const one of this._texts) proof[one.kind] = one.input.value.trim();
    if (position) proof.position = position;
    this._onClaim(this._game.claim(this._place.id, proof));
    for (const one of this._texts) one.input.value = "";
  }

  /** @param {boolean} canPlay */
  draw(place, canPlay) {
    const lockedS = (place.locked_until ?? 0) - serverNow();
    this._button.disabled = lockedS > 0 || !canPlay;
    const words = this._texts.length ? "claim" : "claimHere";
    setText(this._button, lockedS > 0 ? t("lockedFor", { left: duration(lockedS) }) : t(words));
    this._fix?.draw();
  }

  /** A code came from a scan or a link: send it when nothing else is asked for. */
  useCode(text) {
    if (!this._code) return;
    this._code.input.value = text;
    const answer = this._answer?.input;
    if (answer && !answer.value) answer.focus();
    else if (!this._button.disabled) this._submit();
  }

  stop() {
    this._fix?.stop();
  }
}

function scanButton(scan) {
  return h("button", { class: "button", type: "button", onclick: scan }, icon("scan"), t("scan"));
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
  return {
    kind,
    input,
    node: h("label", { class: "field grow" }, h("span", {}, t(`your_${kind}`)), input),
  };
}
