/** The way in: a code and a name; or why the way on was closed. */

import { duration } from "../common/clock.js";
import { fill, h, setText, show } from "../common/dom.js";
import { hasText, t } from "../common/texts.js";
import { cairn } from "./icons.js";
import { languageChoice } from "./language.js";
import { labelOf } from "./outcome.js";

const CODE_CHARS_MAX = 20; // A long code has 12; people add spaces and hyphens.
const NAME_CHARS_MAX = 32;

export class Join {
  /** @param {import("./game.js").Game} game */
  constructor(game) {
    this._game = game;
    const { code, name } = game.memory.player;
    this._code = codeField(code ?? "");
    this._name = nameField(name ?? "");
    this._button = h("button", { class: "button primary wide", "data-test": "join-button" });
    this._cancel = button(t("cancel"), () => game.cancelJoin());
    this._status = h("div", {
      class: "notice",
      role: "status",
      "aria-live": "polite",
      hidden: true,
    });
    this._lost = h("div", { class: "notice warn lost", role: "alert", hidden: true });
    this._kept = h("div", { class: "notice", hidden: true }, t("linkKept"));
    this._resuming = this._makeResuming();
    this._form = this._makeForm();
    const note = h("p", { class: "soft join-note" }, t("joinNote"));
    const parts = [this._lost, this._kept, this._resuming, this._form, note, languageChoice()];
    this.node = h(
      "main",
      { class: "join" },
      brand(),
      h("div", { class: "join-body stack" }, parts),
    );
    this._shownEnd = null;
  }

  _makeForm() {
    const form = h(
      "form",
      { class: "card stack join-form", "data-test": "join-form", novalidate: true },
      labelled(t("joinCode"), this._code),
      labelled(t("yourName"), this._name),
      this._status,
      this._button,
      this._cancel,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const missing = [this._code, this._name].find((one) => !one.value.trim());
      if (missing) return missing.focus();
      this._game.join(this._code.value.trim(), this._name.value.trim());
    });
    return form;
  }

  _makeResuming() {
    const words = h("p", { class: "soft" });
    const retry = button(t("retryNow"), () => this._game.connection.retryNow());
    const leave = button(t("joinAnother"), () => this._game.leave());
    return h("div", { class: "card stack" }, h("strong", {}, t("resuming")), words, retry, leave);
  }

  /** A deep link brought a code. */
  useCode(text) {
    this._code.value = text;
  }

  draw() {
    const game = this._game;
    const isJoining = game.joining !== null;
    show(this._form, !game.hasSession);
    show(this._resuming, game.hasSession);
    setText(this._resuming.children[1], waitingWords(game.net));
    for (const one of [this._code, this._name, this._button]) one.disabled = isJoining;
    show(this._cancel, isJoining);
    setText(this._button, isJoining ? t("joining") : t("join"));
    show(this._kept, Boolean(game.memory.link));
    this._drawStatus(isJoining);
    this._drawLost();
  }

  _drawStatus(isJoining) {
    const { net, end } = this._game;
    const words = isJoining ? waitingWords(net) : end?.isJoin && endWords(end);
    this._status.className = isJoining ? "notice" : "notice bad";
    setText(this._status, words || "");
    show(this._status, Boolean(words));
  }

  _drawLost() {
    const { end } = this._game;
    const lost = end && !end.isJoin ? end : null;
    show(this._lost, lost !== null);
    if (lost === this._shownEnd) return;
    this._shownEnd = lost;
    if (lost) fill(this._lost, lostWords(lost));
  }
}

function brand() {
  const words = [h("h1", {}, t("appName")), h("p", {}, t("tagline"))];
  return h("div", { class: "join-brand" }, cairn(), words);
}

function button(words, onclick) {
  return h("button", { class: "button wide", type: "button", onclick }, words);
}

function codeField(value) {
  return field("code", {
    "data-test": "join-code",
    maxlength: CODE_CHARS_MAX,
    autocapitalize: "characters",
    autocomplete: "off",
    spellcheck: "false",
    class: "input code-input",
    placeholder: "K7QX 3M2P",
    value,
  });
}

function nameField(value) {
  return field("name", {
    "data-test": "join-name",
    maxlength: NAME_CHARS_MAX,
    autocomplete: "given-name",
    class: "input",
    value,
  });
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
    undelivered.length > 0 &&
      h(
        "ul",
        {},
        undelivered.map((one) => h("li", {}, labelOf(one, null))),
      ),
  ];
}
