/** Signing in: the token, and the name of who sits here. */

import { h } from "../common/dom.js";
import { chooseLanguage, currentLanguage, LANGUAGES, t } from "../common/texts.js";
import { mark } from "./icons.js";

/**
 * @param {{token: string, name: string, isKept: boolean, problem: string}} known
 * @param {(credentials: {token: string, name: string, isKept: boolean}) => void} connect
 * @returns {{node: HTMLElement, say: (problem: string) => void}}
 */
export function makeSignIn(known, connect) {
  const token = field("token", "signToken", {
    type: "password",
    autocomplete: "current-password",
    value: known.token,
    "aria-describedby": "token-help",
  });
  const name = field("gm-name", "signName", {
    autocomplete: "name",
    maxlength: 32,
    value: known.name,
  });
  const keep = h("input", { type: "checkbox", id: "keep", checked: known.isKept });
  const problem = h(
    "p",
    { class: "notice bad", role: "alert", hidden: !known.problem },
    known.problem,
  );
  const button = h(
    "button",
    { type: "submit", class: "button primary", "data-test": "gm-connect" },
    t("signIn"),
  );
  function submit(event) {
    event.preventDefault();
    const given = {
      token: token.input.value.trim(),
      name: name.input.value.trim(),
      isKept: keep.checked,
    };
    const missing = !given.token ? "signNoToken" : !given.name ? "signNoName" : null;
    problem.hidden = !missing;
    if (missing) {
      problem.textContent = t(missing);
      (given.token ? name : token).input.focus();
      return;
    }
    button.disabled = true;
    button.textContent = t("stateConnecting");
    connect(given);
  }
  const form = h(
    "form",
    { class: "stack", onsubmit: submit, novalidate: true },
    problem,
    name.node,
    token.node,
    h("p", { id: "token-help", class: "soft hint" }, t("signTokenHelp")),
    h("label", { class: "row keep" }, keep, h("span", {}, t("signKeep"))),
    button,
  );
  const node = h(
    "main",
    { class: "sign-in" },
    h(
      "div",
      { class: "card sign-card stack" },
      h(
        "div",
        { class: "sign-head" },
        mark(),
        h("h1", {}, t("appName")),
        h("p", { class: "soft" }, t("gmTitle")),
      ),
      form,
      languageChoice(),
    ),
  );
  return {
    node,
    say(text) {
      problem.hidden = !text;
      problem.textContent = text;
    },
  };
}

function field(test, label, props) {
  const input = h("input", { class: "input", "data-test": test, spellcheck: "false", ...props });
  return { input, node: h("label", { class: "field" }, h("span", {}, t(label)), input) };
}

export function languageChoice() {
  const select = h(
    "select",
    {
      class: "input compact",
      "aria-label": t("language"),
      onchange: () => chooseLanguage(select.value),
    },
    Object.entries(LANGUAGES).map(([code, word]) => h("option", { value: code }, word)),
  );
  select.value = currentLanguage();
  return select;
}
