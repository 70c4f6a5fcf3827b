/** The position in a claim: consent, how well the phone knows where it is, the wait for better. */

import { h, setAttribute, setText, show } from "../common/dom.js";
import { number, t } from "../common/texts.js";
import { consentQuestion } from "./consent.js";
import { icon } from "./icons.js";

const ACCURACY_GOOD_M = 30;
const ACCURACY_USABLE_M = 100; // The server refuses what is vaguer.
const BETTER_WITHIN_MS = 8000; // Nobody is kept from a claim for longer when a usable fix is there.

/**
 * @param {import("./locator.js").Locator} locator
 * @param {() => void} onReady The fix that a claim waited for has come.
 */
export function createFixField(locator, onReady) {
  const words = h("span", { class: "grow" });
  const node = h("div", { class: "fix" });
  const line = h("div", { class: "fix-line", role: "status" }, icon("target"), words);
  const question = consentQuestion(locator, () => begin());
  node.append(line, question);
  let waitsUntil = null;
  let isDue = false;

  /** People asked for it: from now on the phone looks where it is. */
  function begin() {
    locator.use("claim", true);
    waitsUntil = Date.now() + BETTER_WITHIN_MS;
    isDue = true;
    draw();
  }

  /** The position to claim with; null while there is none that will do, and then the wait begins. */
  function take() {
    if (!locator.isPractice && locator.consent === null) {
      show(question, true);
      question.querySelector("button").focus();
      return null;
    }
    const fix = usable();
    if (fix) return { lat: fix.lat, lon: fix.lon, accuracy: fix.accuracy };
    if (!isDue) begin();
    return null;
  }

  function usable() {
    const fix = locator.fresh;
    if (!fix || fix.accuracy > ACCURACY_USABLE_M) return null;
    const isPatient = waitsUntil === null || Date.now() < waitsUntil;
    return fix.accuracy > ACCURACY_GOOD_M && isPatient && isDue ? null : fix;
  }

  function draw() {
    if (locator.consent !== null) show(question, false);
    const fix = locator.fresh;
    setText(words, wordsOf(locator, fix, isDue));
    setAttribute(line, "data-good", Boolean(fix && fix.accuracy <= ACCURACY_GOOD_M));
    if (isDue && usable()) {
      isDue = false;
      onReady();
    }
  }

  if (locator.consent !== null) locator.use("claim", true);
  show(question, false);
  return { node, draw, take, stop: () => locator.use("claim", false) };
}

function wordsOf(locator, fix, isDue) {
  if (locator.isPractice) return t(fix ? "fixPractice" : "fixPracticeNone");
  if (locator.problem && !fix) return t(`fix_${locator.problem}`);
  if (!fix) return t(isDue || locator.consent ? "fixSearching" : "fixNeeded");
  const accuracy = number(Math.round(fix.accuracy));
  if (fix.accuracy > ACCURACY_USABLE_M) return t("fixVague", { accuracy });
  return t(fix.accuracy > ACCURACY_GOOD_M ? "fixFair" : "fixGood", { accuracy });
}
