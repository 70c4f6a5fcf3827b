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
import { createProof } from "./proof.js";
import { createSheet } from "./sheet.js";

/**
 * @param {import("./game.js").Game} game
 * @param {import("./locator.js").Locator} locator
 * @param {((id: string) => void)|null} scan
 */
export function createPlaceSheet(game, locator, scan) {
  const sheet = createSheet({ label: "", class: "place-sheet", onClose: () => stop() });
  const facts = h("p", { class: "row wrap facts" });
  const clue = h("div", { class: "clue" });
  const found = h("div", { class: "found", hidden: true });
  const note = h("p", { class: "notice", hidden: true });
  const outcome = h("div", { class: "outcome", role: "status", "aria-live": "assertive", "data-test": "outcome" });
  const hints = createHints(game);
  const slot = h("div", {});
  sheet.body.append(facts, found, clue, note, outcome, slot, hints.node);
  let id = null;
  let proof = null;
  let action = null;
  let shown = {};

  function stop() {
    proof?.stop();
    proof = id = action = null;
    fill(slot);
  }

  function open(place) {
    stop();
    shown = {};
    id = place;
    sheet.open();
    draw();
  }

  function makeProof(place) {
    proof = createProof(game, locator, place, {
      scan: scan && (() => scan(place.id)),
      onClaim: (made) => {
        action = made;
        draw();
      },
    });
    fill(slot, proof.node);
  }

  function draw() {
    const place = id && sheet.isOpen ? placeOf(game.model, id) : null;
    if (!place) return;
    const state = stateOf(game.model, place);
    const isOpen = state === "open" || state === "closed";
    const canPlay = game.model.hunt.phase === "running" && !game.model.team.disqualified && state === "open";
    sheet.title(place.name);
    sheet.node.dataset.state = state;
    drawOnce("clue", place.clue, () => fill(clue, markdown(place.clue)));
    drawOnce("facts", JSON.stringify([place, state]), () => fill(facts, factsOf(place, state)));
    drawFound(place, state);
    setText(note, noteOf(game.model, state));
    show(note, Boolean(note.textContent));
    if (isOpen && !proof) makeProof(place);
    show(slot, isOpen);
    proof?.draw(place, canPlay);
    hints.draw(place, canPlay || isOpen);
    drawOutcome();
  }

  function drawOnce(key, value, act) {
    if (shown[key] === value) return;
    shown[key] = value;
    act();
  }

  function drawFound(place, state) {
    const isFound = state === "found";
    show(found, isFound);
    const isNew = isFound && shown.state === "open";
    shown.state = state;
    drawOnce("found", isFound && JSON.stringify([place.rank, place.bonus, place.points]), () => {
      if (isFound) fill(found, celebration(place, isNew));
    });
  }

  function drawOutcome() {
    const now = action && game.actions.find((one) => one.n === action.n);
    if (!now) return fill(outcome);
    drawOnce("outcome", JSON.stringify([now.n, now.state, now.answer]), () => {
      const sign = h("span", { class: "outcome-sign" }, icon(signOf(now)));
      const cost = now.answer?.t === "refused" && now.answer.score !== undefined;
      const words = h("span", {}, outcomeWords(now, game.model), cost ? ` ${costWords(game.model)}` : "");
      fill(outcome, h("div", { class: "outcome-line", "data-state": now.state }, sign, words), newPlaces(now));
    });
  }

  return {
    open,
    draw,
    close: () => sheet.close(),
    get openId() {
      return sheet.isOpen ? id : null;
    },
    /** A scan or a link brought a code for the open place. */
    useCode: (code) => proof?.useCode(code),
    /** An action that was made elsewhere is about the open place. */
    follow(made) {
      action = made;
      draw();
    },
  };
}

/** Of a find the celebration tells the most; here it is about the ticks. */
function outcomeWords(action, model) {
  const isFind = action.message.t === "claim" && action.answer?.t === "accepted";
  return isFind ? t(action.state === "saved" ? "savedForGood" : "stateAccepted") : outcomeOf(action, model);
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
    place.found_at && h("span", { class: "badge" }, t("foundAt", { time: timeOfDay(place.found_at) })),
  ];
}
