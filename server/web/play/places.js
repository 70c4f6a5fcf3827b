/** The list of places, how the hunt stands, and what this phone did. */

import { duration, serverNow } from "../common/clock.js";
import { fill, h, keyedList, setAttribute, setText, show } from "../common/dom.js";
import { number, t } from "../common/texts.js";
import { icon } from "./icons.js";
import { plain } from "./plain.js";
import { foundCount, inOrder, stateOf } from "./model.js";

const SIGNS = { open: "ring", later: "lock", closed: "closed", void: "undo", found: "check" };

/**
 * @param {import("./game.js").Game} game
 * @param {(id: string) => void} openPlace
 * @param {{phase: HTMLElement, activity: HTMLElement, scan: HTMLElement|null}} parts
 */
export function createPlaces(game, openPlace, parts) {
  const list = h("ul", { class: "place-list" });
  const heading = h("h2", { class: "section-title" }, t("places"));
  const count = h("span", { class: "soft number" });
  const empty = h("p", { class: "empty", hidden: true });
  const more = h("p", { class: "soft", hidden: true });
  const attribution = h("p", { class: "attribution soft" });
  const update = keyedList(list, (place) => card(place, openPlace), (node, place) => drawCard(node, place, game));
  const main = h(
    "div",
    { class: "stack" },
    h("div", { class: "row section-head" }, heading, h("span", { class: "grow" }), count, parts.scan),
    list,
    empty,
    more,
    attribution,
  );
  const node = h("div", { class: "columns" }, h("div", { class: "stack" }, parts.phase, main), parts.activity);

  function draw() {
    const { model } = game;
    const places = inOrder(model);
    const isDraft = model.hunt.phase === "draft";
    update(places, (place) => place.id);
    show(main, !isDraft || places.length > 0);
    show(empty, !places.length);
    setText(empty, t("noPlaces"));
    setText(count, t("foundOf", { found: foundCount(model), count: places.length }));
    show(more, Boolean(model.team.locations_more));
    setText(more, t("morePlaces", { count: model.team.locations_more ?? 0 }));
    setText(attribution, model.hunt.attribution);
  }
  return { node, draw };
}

function card(place, openPlace) {
  return h(
    "li",
    { class: "place", "data-test": "place", "data-place": place.id },
    h(
      "button",
      { class: "place-button", type: "button", "data-test": "place-open", onclick: () => openPlace(place.id) },
      h("span", { class: "place-sign" }),
      h(
        "span",
        { class: "place-words" },
        h("span", { class: "place-name" }),
        h("span", { class: "place-clue" }),
        h("span", { class: "place-notes" }),
      ),
      h("span", { class: "place-points number" }),
    ),
  );
}

function drawCard(node, place, game) {
  const state = stateOf(game.model, place);
  const isTarget = game.model.team.target === place.id && state === "open";
  if (node.dataset.state !== state) fill(node.querySelector(".place-sign"), icon(SIGNS[state]));
  setAttribute(node, "data-state", state);
  setAttribute(node, "data-target", isTarget);
  setText(node.querySelector(".place-name"), place.name);
  setText(node.querySelector(".place-clue"), state === "found" ? "" : plain(place.clue));
  const points = state === "found" ? place.points + (place.bonus ?? 0) : place.points;
  setText(node.querySelector(".place-points"), `${state === "found" ? "+" : ""}${number(points)}`);
  drawNotes(node.querySelector(".place-notes"), notesOf(game, place, state, isTarget));
}

/** Short facts about a place: `[kind, words]`. */
function notesOf(game, place, state, isTarget) {
  const notes = [];
  if (isTarget) notes.push(["brand", t("goHere")]);
  if (state !== "open") notes.push([state === "void" ? "warn" : "", stateWords(place, state)]);
  const lockedS = (place.locked_until ?? 0) - serverNow();
  if (state === "open" && lockedS > 0) notes.push(["warn", t("lockedFor", { left: duration(lockedS) })]);
  const isWaiting = (one) => one.message.t === "claim" && one.message.location === place.id;
  const waiting = game.waiting.filter(isWaiting).length;
  if (waiting) notes.push(["warn", t("claimWaits", { count: waiting })]);
  return notes;
}

function stateWords(place, state) {
  if (state !== "found") return t(`place_${state}`);
  return place.rank ? t("foundRank", { rank: place.rank }) : t("place_found");
}

function drawNotes(node, notes) {
  const text = JSON.stringify(notes);
  if (node.dataset.drawn === text) return;
  node.dataset.drawn = text;
  fill(node, notes.map(([kind, words]) => h("span", { class: `badge ${kind}` }, words)));
}
