/** The position in a claim: consent, how well the phone knows where it is, the wait for better. */

import { h, setAttribute, setText, show } from "../common/dom.js";
import { number, t } from "../common/texts.js";
import { consentQuestion } from "./consent.js";
import { icon } from "./icons.js";

const ACCURACY_GOOD_M = 30;
const ACCURACY_USABLE_M = 100; // The server refuses what is vaguer.
const BETTER_WITHIN_MS = 8000; // Nobody is kept from a claim for longer when a usable fix is there.

export class FixField {
  /**
   * @param {import("./locator.js").Locator} locator
   * @param {() => void} onReady The fix that a claim waited for has come.
   */
  constructor(locator, onReady) {
    this._locator = locator;
    this._onReady = onReady;
    this._words = h("span", { class: "grow" });
    this._line = h("div", { class: "fix-line", role: "status" }, icon("target"), this._words);
    this._question = consentQuestion(locator, () => this._begin());
    this._patientUntil = null;
    this._isDue = false;
    this.node = h("div", { class: "fix" }, this._line, this._question);
    if (locator.consent !== null) locator.use("claim", true);
    show(this._question, false);
  }

  /** People asked for it: from now on the phone looks where it is. */
  _begin() {
    this._locator.use("claim", true);
    this._patientUntil = Date.now() + BETTER_WITHIN_MS;
    this._isDue = true;
    this.draw();
  }

  /** The position to claim with; null while there is none that will do: then the wait begins. */
  take() {
    const locator = this._locator;
    if (!locator.isPractice && locator.consent === null) {
      show(this._question, true);
      this._question.querySelector("button").focus();
      return null;
    }
    const fix = this._usable();
    if (fix) return { lat: fix.lat, lon: fix.lon, accuracy: fix.accuracy };
    if (!this._isDue) this._begin();
    return null;
  }

  _usable() {
    const fix = this._locator.fresh;
    if (!fix || fix.accuracy > ACCURACY_USABLE_M) return null;
    const isPatient = this._isDue && Date.now() < this._patientUntil;
    return fix.accuracy > ACCURACY_GOOD_M && isPatient ? null : fix;
  }

  draw() {
    if (this._locator.consent !== null) show(this._question, false);
    const fix = this._locator.fresh;
    setText(this._words, wordsOf(this._locator, fix, this._isDue));
    setAttribute(this._line, "data-good", Boolean(fix && fix.accuracy <= ACCURACY_GOOD_M));
    if (this._isDue && this._usable()) {
      this._isDue = false;
      this._onReady();
    }
  }

  stop() {
    this._locator.use("claim", false);
  }
}

function wordsOf(locator, fix, isDue) {
  if (locator.isPractice) return t(fix ? "fixPractice" : "fixPracticeNone");
  if (locator.problem && !fix) return t(`fix_${locator.problem}`);
  if (!fix) return t(isDue || locator.consent ? "fixSearching" : "fixNeeded");
  const accuracy = number(Math.round(fix.accuracy));
  if (fix.accuracy > ACCURACY_USABLE_M) return t("fixVague", { accuracy });
  return t(fix.accuracy > ACCURACY_GOOD_M ? "fixFair" : "fixGood", { accuracy });
}
