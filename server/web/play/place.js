/** The sheet of one place: its clue, the claim, the hints, and what became of the claim. */

import { timeOfDay } from "../common/clock.js";
import { fill, h, setText, show } from "../common/dom.js";
import { markdown } from "../common/markdown.js";
import { number, t } from "../common/texts.js";
import { celebration } from "./celebrate.js";
import { createHints } from "./hints.js";
import { icon } from "./icons.js";
import { placeOf, stateOf } from "./model.js";
import { outcomeOf, signOf } from "./outcome.js";
import { Proof } from "./proof.js";
import { createSheet } from "./sheet.js";

export class PlaceSheet {
  /**
   * @param {import("./game.js").Game} game
   * @param {import("./locator.js").Locator} locator
   * @param {((id: string) => void)|null} scan
   */
  constructor(game, locator, scan) {
    this._game = game;
    this._locator = locator;
    this._scan = scan;
    this._sheet = createSheet({ label: "", class: "place-sheet", onClose: () => this._stop() });
    this._facts = h("p", { class: "row wrap facts" });
    this._found = h("div", { class: "found", hidden: true });
    this._clue = h("div", { class: "clue" });
    this._note = h("p", { class: "notice", hidden: true });
    this._outcome = h("div", {
      class: "outcome",
      role: "status",
      "aria-live": "assertive",
      "data-test": "outcome",
    });
    this._slot = h("div", {});
    this._hints = createHints(game);
    const parts = [this._facts, this._found, this._clue, this._note, this._outcome, this._slot];
    this._sheet.body.append(...parts, this._hints.node);
    this._stop();
  }

  /** The id of the place that is open, or null. */
  get openId() {
    return this._sheet.isOpen ? this._id : null;
  }

  open(id) {
    this._stop();
    this._id = id;
    this._sheet.open();
    this.draw();
  }

  close() {
    this._sheet.close();
  }

  /** A scan or a link brought a code for the open place. */
  useCode(code) {
    this._proof?.useCode(code);
  }

  /** Show what becomes of an action that is about the open place. */
  follow(action) {
    this._action = action;
    this.draw();
  }

  _stop() {
    this._proof?.stop();
    this._proof = this._id = this._action = null;
    this._shown = {};
    fill(this._slot);
    fill(this._outcome);
  }

  draw() {
    const { model } = this._game;
    const place = this.openId && placeOf(model, this._id);
    if (!place) return;
    const state = stateOf(model, place);
    const isPlaying = model.hunt.phase === "running" && !model.team.disqualified;
    const isOpen = state === "open" || state === "closed";
    this._sheet.title(place.name);
    this._sheet.node.dataset.state = state;
    this._once("clue", place.clue, () => fill(this._clue, markdown(place.clue)));
    this._once("facts", [place, state], () => fill(this._facts, factsOf(place, state)));
    this._drawFound(place, state);
    setText(this._note, noteOf(model, state));
    show(this._note, Boolean(this._note.textContent));
    if (isOpen && !this._proof) this._makeProof(place);
    show(this._slot, isOpen);
    this._proof?.draw(place, isPlaying && state === "open");
    this._hints.draw(place, isOpen);
    this._drawOutcome();
  }

  _makeProof(place) {
    this._proof = new Proof(this._game, this._locator, place, {
      scan: this._scan && (() => this._scan(place.id)),
      onClaim: (action) => this.follow(action),
    });
    fill(this._slot, this._proof.node);
  }

  _drawFound(place, state) {
    const isFound = state === "found";
    const isNew = isFound && this._shown.state === "open";
    this._shown.state = state;
    show(this._found, isFound);
    const won = isFound && [place.rank, place.bonus, place.points];
    this._once("found", won, () => isFound && fill(this._found, celebration(place, isNew)));
  }

  _drawOutcome() {
    const action = this._action;
    const now = action && this._game.actions.find((one) => one.n === action.n);
    if (!now) return;
    this._once("outcome", [now.n, now.state, now.answer], () => {
      const cost = now.answer?.t === "refused" && now.answer.score !== undefined;
      const words = outcomeWords(now, this._game.model);
      const line = h(
        "div",
        { class: "outcome-line", "data-state": now.state },
        h("span", { class: "outcome-sign" }, icon(signOf(now))),
        h("span", {}, words, cost && ` ${costWords(this._game.model)}`),
      );
      fill(this._outcome, line, newPlaces(now));
    });
  }

  /** Draw a part only when what it shows changed: screen readers would read it again. */
  _once(key, value, draw) {
    const text = JSON.stringify(value ?? null);
    if (this._shown[key] === text) return;
    this._shown[key] = text;
    draw();
  }
}

/** Of a find the celebration tells the most; here it is about the ticks. */
function outcomeWords(action, model) {
  const isFind = action.message.t === "claim" && action.answer?.t === "accepted";
  return isFind
    ? t(action.state === "saved" ? "savedForGood" : "stateAccepted")
    : outcomeOf(action, model);
}

function newPlaces({ answer }) {
  const count = answer?.unlocked?.length ?? answer?.opened ?? 0;
  return count > 0 && h("p", { class: "outcome-more" }, icon("pin"), t("unlocked", { count }));
}

function costWords(model) {
  const cost = -(model.hunt.wrong_claim ?? 0);
  return t("thatCost", { count: cost, score: number(model.team.score) });
}

function noteOf(model, state) {
  if (model.team.disqualified) return t("disqualifiedText");
  if (state === "void") return t("voidText");
  if (state === "found") return "";
  if (model.hunt.phase !== "running") return t(`note_${model.hunt.phase}`);
  return state === "later" || state === "closed" ? t(`note_${state}`) : "";
}

function factsOf(place, state) {
  const asks = place.proof.map((kind) => t(`proof_${kind}`)).join(" + ");
  return [
    h("span", { class: "badge number" }, t("points", { count: place.points })),
    state !== "found" && h("span", { class: "badge" }, t("asksFor", { proof: asks })),
    place.found_at &&
      h("span", { class: "badge" }, t("foundAt", { time: timeOfDay(place.found_at) })),
  ];
}
