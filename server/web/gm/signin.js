/** Signing in: the token, and the name of who sits here. */

import { h } from "../common/dom.js";
import { chooseLanguage, currentLanguage, LANGUAGES, t } from "../common/texts.js";
import { mark } from "./icons.js";
import { labelled, select, soft, submit } from "./parts.js";

const NAME_MAX = 32; // The server takes no longer one.

/**
 * @param {{token: string, name: string, isKept: boolean, problem: string}} known
 * @param {(credentials: {token: string, name: string, isKept: boolean}) => void} connect
 * @returns {{node: HTMLElement, say: (problem: string) => void}}
 */
export function makeSignIn(known, connect) {
  const fields = makeFields(known);
  const problem = h("p", { class: "notice bad", role: "alert" });
  const send = submit(t("signIn"), { "data-test": "gm-connect" });
  const say = (text) => {
    problem.hidden = !text;
    problem.textContent = text;
  };
  function onsubmit(event) {
    event.preventDefault();
    const given = fields.given();
    const missing = !given.token ? "signNoToken" : !given.name ? "signNoName" : null;
    say(missing ? t(missing) : "");
    if (missing) {
      (given.token ? fields.name : fields.token).focus();
      return;
    }
    send.disabled = true;
    send.textContent = t("stateConnecting");
    connect(given);
  }
  say(known.problem);
  const form = h(
    "form",
    { class: "stack", onsubmit, novalidate: true },
    problem,
    fields.nodes,
    send,
  );
  const head = h(
    "div",
    { class: "sign-head" },
    mark(),
    h("h1", {}, t("appName")),
    soft(t("gmTitle")),
  );
  const card = h("div", { class: "card sign-card stack" }, head, form, languageChoice());
  return { node: h("main", { class: "sign-in" }, card), say };
}

function makeFields(known) {
  const input = (props) => h("input", { class: "input", spellcheck: "false", ...props });
  const name = input({
    "data-test": "gm-name",
    autocomplete: "name",
    maxlength: NAME_MAX,
    value: known.name,
  });
  const token = input({
    "data-test": "token",
    type: "password",
    autocomplete: "current-password",
    value: known.token,
    "aria-describedby": "token-help",
  });
  const keep = h("input", { type: "checkbox", id: "keep", checked: known.isKept });
  return {
    name,
    token,
    given: () => ({ token: token.value.trim(), name: name.value.trim(), isKept: keep.checked }),
    nodes: [
      labelled(t("signName"), name),
      labelled(t("signToken"), token),
      h("p", { id: "token-help", class: "soft hint" }, t("signTokenHelp")),
      h("label", { class: "row keep" }, keep, h("span", {}, t("signKeep"))),
    ],
  };
}

export function languageChoice() {
  const choice = select(Object.entries(LANGUAGES), {
    class: "compact",
    "aria-label": t("language"),
  });
  choice.value = currentLanguage();
  choice.onchange = () => chooseLanguage(choice.value);
  return choice;
}
