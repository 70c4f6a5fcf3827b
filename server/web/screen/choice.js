/** Which hunt a screen shows, when its address does not say. */

import { fill, h } from "../common/dom.js";
import { t } from "../common/texts.js";

/**
 * @param {Element} root
 * @param {string} hunt What to begin with: the hunt that was shown last.
 * @param {string} unknown The id that the server does not know, if it was tried.
 * @param {(hunt: string) => void} onChosen
 */
export function askForHunt(root, hunt, unknown, onChosen) {
  const input = h("input", {
    class: "input",
    id: "hunt",
    "data-test": "hunt-id",
    value: hunt,
    required: true,
    maxlength: 128,
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    "aria-describedby": "hunt-hint",
  });
  const onSubmit = (event) => {
    event.preventDefault();
    if (input.value.trim()) onChosen(input.value.trim());
  };
  const form = h(
    "form",
    { class: "choice", "data-test": "hunt-form", onsubmit: onSubmit },
    h("img", { src: "/icon.svg", alt: "", class: "choice-icon" }),
    h("h1", {}, t("whichHunt")),
    unknown && h("p", { class: "notice bad", role: "alert" }, t("unknownHunt", { hunt: unknown })),
    h("label", { class: "field", for: "hunt" }, h("span", {}, t("huntId")), input),
    h("p", { class: "soft", id: "hunt-hint" }, t("huntIdHint")),
    h("button", { class: "button primary", "data-test": "hunt-show" }, t("show")),
    h("p", { class: "soft small" }, t("fullScreenHint")),
  );
  root.className = "choosing";
  fill(root, form);
  input.focus();
  input.select();
}
