/** The big screen's picture: head, board, map, finds, announcements. */

import { duration, timeOfDay } from "../common/clock.js";
import { fill, h, setAttribute, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { Board } from "./board.js";
import { Finds } from "./finds.js";
import { PlacesMap } from "./map.js";
import { clock } from "./model.js";
import { Notices } from "./notices.js";

const LAST_MINUTES_S = 300; // The clock turns amber.
const PHASES = {
  draft: "phaseDraft",
  running: "phaseRunning",
  paused: "phasePaused",
  finished: "phaseFinished",
};

export class View {
  /**
   * @param {Element} root
   * @param {Promise<Object|null>} tiles Whose map tiles may be loaded.
   */
  constructor(root, tiles) {
    this._board = new Board();
    this._finds = new Finds();
    this._map = new PlacesMap(tiles);
    this._notices = new Notices();
    this._parts = head();
    this._lost = h("p", { class: "lost", role: "status", hidden: true });
    this._opening = h("p", { class: "opening" }, t("opening"));
    this._side = h("div", { class: "side" }, this._map.node, this._finds.node);
    this._body = h("div", { class: "body" }, this._board.node, this._side);
    this._lostAt = null;
    root.className = "watching opening";
    fill(root, this._parts.node, this._body, this._notices.node, this._opening, this._lost);
    this._root = root;
  }

  /**
   * @param {import("./model.js").Model} model
   * @param {number} now Server time.
   */
  draw(model, now) {
    const { hunt } = model;
    this._root.classList.remove("opening");
    show(this._opening, false);
    setAttribute(this._root, "data-phase", hunt.phase);
    document.title = t("pageTitle", { title: hunt.title });
    this._drawHead(model, now);
    this._notices.draw(model, now);
    this._map.draw(model, now);
    this._finds.draw(model);
    this._board.draw(model, now);
  }

  /** Say that what is shown is old, while it is. */
  showState(state, now) {
    if (state === "online") this._lostAt = null;
    else this._lostAt ??= now;
    show(this._lost, this._lostAt !== null && this._opening.hidden);
    if (this._lostAt !== null) setText(this._lost, t("lost", { time: timeOfDay(this._lostAt) }));
  }

  _drawHead(model, now) {
    const { title, note, phase, phaseText, label, digits } = this._parts;
    const { hunt } = model;
    setText(title, hunt.title);
    setText(note, hunt.attribution ? t("dataBy", { who: hunt.attribution }) : "");
    show(note, Boolean(hunt.attribution));
    setAttribute(phase, "data-state", hunt.phase);
    setText(phaseText, t(PHASES[hunt.phase] ?? hunt.phase));
    const { kind, seconds } = clock(model, now);
    setText(label, clockLabel(hunt, kind, seconds));
    setText(digits, clockDigits(hunt, kind, seconds));
    const isLast = kind === "left" && hunt.phase === "running" && seconds <= LAST_MINUTES_S;
    setAttribute(digits, "data-last", isLast);
  }
}

function clockLabel(hunt, kind, seconds) {
  if (hunt.phase === "finished") return t("overLabel");
  if (hunt.phase === "paused") return t("stopped");
  if (kind === "starts") return seconds > 0 ? t("startsIn") : "";
  if (kind === "left") return t("timeLeft");
  return kind === "played" ? t("timePlayed") : "";
}

function clockDigits(hunt, kind, seconds) {
  if (hunt.phase === "finished") return t("over");
  if (kind === "starts" && seconds <= 0) return t("aboutToStart");
  return kind === "none" ? "" : duration(kind === "played" ? Math.floor(seconds) : seconds);
}

function head() {
  const parts = {
    title: h("h1", { class: "title" }),
    note: h("p", { class: "soft attribution" }),
    phase: h("p", { class: "phase", "data-test": "phase" }),
    phaseText: h("span"),
    label: h("p", { class: "clock-label" }),
    digits: h("p", { class: "digits number", role: "timer", "data-test": "countdown" }),
  };
  parts.phase.append(h("span", { class: "phase-sign", "aria-hidden": "true" }), parts.phaseText);
  parts.node = h(
    "header",
    { class: "head" },
    h("img", { src: "/icon.svg", alt: "", class: "logo" }),
    h("div", { class: "grow" }, parts.title, parts.note),
    parts.phase,
    h("div", { class: "clock" }, parts.label, parts.digits),
  );
  return parts;
}
