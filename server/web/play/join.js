/** The way in: a code and a name; or why the way on was closed. */

import { duration } from "../common/clock.js";
import { fill, h, setText, show } from "../common/dom.js";
import { hasText, t } from "../common/texts.js";
import { cairn } from "./icons.js";
import { languageChoice } from "./language.js";
import { labelOf } from "./outcome.js";

const CODE_CHARS_MAX = 20; // A long code has 12; people add spaces and hyphens.
const NAME_CHARS_MAX = 32;

/** @param {import("./game.js").Game} game */
export function createJoin(game) {
  const code = field("code", {
    "data-test": "join-code",
    maxlength: CODE_CHARS_MAX,
    autocapitalize: "characters",
    autocomplete: "off",
    spellcheck: "false",
    class: "input code-input",
    placeholder: "K7QX 3M2P",
    value: game.memory.player.code ?? "",
  });
  const name = field("name", {
    "data-test": "join-name",
    maxlength: NAME_CHARS_MAX,
    autocomplete: "given-name",
    class: "input",
    value: game.memory.player.name ?? "",
  });
  const button = h("button", { class: "button primary wide", "data-test": "join-button" }, t("join"));
  const cancel = h("button", { class: "button wide", type: "button", onclick: () => game.cancelJoin() }, t("cancel"));
  const status = h("div", { class: "notice", role: "status", "aria-live": "polite", hidden: true });
  const form = h(
    "form",
    { class: "card stack join-form", "data-test": "join-form", novalidate: true },
    labelled(t("joinCode"), code),
    labelled(t("yourName"), name),
    status,
    button,
    cancel,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const missing = [code, name].find((one) => !one.value.trim());
    if (missing) return missing.focus();
    game.join(code.value.trim(), name.value.trim());
  });
  const resuming = h(
    "div",
    { class: "card stack", hidden: true },
    h("strong", {}, t("resuming")),
    h("p", { class: "soft" }),
    h("button", { class: "button", type: "button", onclick: () => game.connection.retryNow() }, t("retryNow")),
    h("button", { class: "button quiet", type: "button", onclick: () => game.leave() }, t("joinAnother")),
  );
  const lost = h("div", { class: "notice warn lost", role: "alert", hidden: true });
  const waitingLink = h("div", { class: "notice", hidden: true }, t("linkKept"));
  const node = h(
    "main",
    { class: "join" },
    h("div", { class: "join-brand" }, cairn(), h("h1", {}, t("appName")), h("p", {}, t("tagline"))),
    h("div", { class: "join-body stack" }, lost, waitingLink, resuming, form, h("p", { class: "soft join-note" }, t("joinNote")), languageChoice()),
  );

  function draw() {
    const isJoining = game.joining !== null;
    show(form, !game.hasSession);
    show(resuming, game.hasSession);
    setText(resuming.children[1], waitingWords(game.net));
    code.disabled = name.disabled = button.disabled = isJoining;
    show(cancel, isJoining);
    setText(button, isJoining ? t("joining") : t("join"));
    show(waitingLink, Boolean(game.memory.link));
    drawStatus(isJoining);
    drawLost();
  }

  function drawStatus(isJoining) {
    const words = isJoining ? waitingWords(game.net) : game.end?.isJoin && endWords(game.end);
    status.className = isJoining ? "notice" : "notice bad";
    setText(status, words || "");
    show(status, Boolean(words));
  }

  let shownEnd = null;
  function drawLost() {
    const end = game.end && !game.end.isJoin ? game.end : null;
    show(lost, Boolean(end));
    if (end === shownEnd) return;
    shownEnd = end;
    if (end) fill(lost, lostWords(end));
  }

  return {
    node,
    draw,
    /** A deep link brought a code. */
    useCode(text) {
      code.value = text;
    },
    focus: () => (code.value ? name : code).focus(),
  };
}

function field(name, attributes) {
  return h("input", { name, type: "text", required: true, ...attributes });
}

function labelled(words, input) {
  return h("label", { class: "field" }, h("span", {}, words), input);
}

function waitingWords({ state, retryAt, problem }) {
  if (state !== "offline" || retryAt === null) return "";
  const left = duration((retryAt - Date.now()) / 1000);
  const known = problem && hasText(`end_${problem.code}`);
  return `${known ? t(`end_${problem.code}`) : t("noConnection")} ${t("nextTry", { left })}`;
}

/** Why the server turned us away, in plain words; the server's own follow where they say more. */
export function endWords({ code, message }) {
  const own = hasText(`end_${code}`) ? t(`end_${code}`) : t("end_other");
  return code === 4507 && message ? `${own} ${hasText(message) ? t(message) : message}` : own;
}

function lostWords(end) {
  const undelivered = end.undelivered ?? [];
  return [
    h("strong", {}, endWords(end)),
    undelivered.length > 0 && h("p", {}, t("undelivered", { count: undelivered.length })),
    undelivered.length > 0 && h("ul", {}, undelivered.map((one) => h("li", {}, labelOf(one, null)))),
  ];
}
