/** May the phone's position be used, and be told to the game masters? Never asked at load. */

import { h } from "../common/dom.js";
import { t } from "../common/texts.js";

/**
 * @param {import("./locator.js").Locator} locator
 * @param {() => void} onDecided
 */
export function consentQuestion(locator, onDecided) {
  const decide = (choice) => () => {
    locator.decide(choice);
    onDecided();
  };
  return h(
    "div",
    { class: "notice stack consent", "data-test": "consent" },
    h("strong", {}, t("consentTitle")),
    h("p", {}, t("consentText")),
    h(
      "div",
      { class: "row wrap" },
      h(
        "button",
        {
          class: "button primary",
          type: "button",
          "data-test": "consent-share",
          onclick: decide("share"),
        },
        t("consentShare"),
      ),
      h(
        "button",
        {
          class: "button",
          type: "button",
          "data-test": "consent-own",
          onclick: decide("own"),
        },
        t("consentOwn"),
      ),
    ),
  );
}
