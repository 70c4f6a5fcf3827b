/** The map tab: places that may be seen, the own position, and in practice the way to walk. */

import { fill, h, keyedList, setAttribute, setText, show } from "../common/dom.js";
import { number, t } from "../common/texts.js";
import { consentQuestion } from "./consent.js";
import { icon } from "./icons.js";
import { inOrder, stateOf } from "./model.js";

/**
 * @param {import("./game.js").Game} game
 * @param {import("./locator.js").Locator} locator
 * @param {(id: string) => void} openPlace
 */
export function createMap(game, locator, openPlace) {
  const container = h("div", { class: "map-ground", "data-test": "map", role: "application", "aria-label": t("map") });
  const question = consentQuestion(locator, () => locator.use("map", true));
  const practice = h("div", { class: "practice row" }, icon("walk"), h("span", {}, t("practiceHelp")));
  const centre = h(
    "button",
    { class: "map-button", type: "button", "aria-label": t("centre"), onclick: () => surface?.centre() },
    icon("target"),
  );
  const fixWords = h("span", { class: "map-fix badge", role: "status" });
  const credit = h("p", { class: "map-credit" });
  const list = createPlaceList(locator, openPlace);
  const node = h(
    "div",
    { class: "map-tab" },
    practice,
    h("div", { class: "map-frame" }, container, question, centre, fixWords, credit),
    list.node,
  );
  let surface = null;
  let isOpening = false;

  const on = {
    onPlace: openPlace,
    onWalk: (lat, lon) => locator.isPractice && locator.walkTo(lat, lon),
  };

  async function begin() {
    isOpening = true;
    try {
      const { createLeafletMap, loadLeaflet } = await import("./leaflet.js");
      const [tiles, leaflet] = await Promise.all([tileSettings(), loadLeaflet()]);
      surface = createLeafletMap(leaflet, container, tiles, on);
      drawCredit(credit, tiles);
    } catch {
      const { createGround } = await import("./ground.js");
      surface = createGround(container, on);
    }
    draw();
  }

  function draw() {
    const { model } = game;
    const { isPractice } = locator;
    const fix = locator.fresh;
    show(practice, isPractice);
    show(question, !isPractice && locator.consent === null);
    show(centre, Boolean(fix));
    setAttribute(container, "data-practice", isPractice);
    setText(fixWords, fixLine(locator, fix));
    show(fixWords, Boolean(fixWords.textContent));
    const places = inOrder(model).filter((place) => place.at);
    list.draw(places, model, isPractice);
    surface?.setPlaces(places);
    surface?.setOwn(fix);
  }

  return {
    node,
    draw,
    opened() {
      if (!isOpening) begin();
      else requestAnimationFrame(() => surface?.resize());
      if (locator.consent !== null) locator.use("map", true);
    },
    closed: () => locator.use("map", false),
  };
}

async function tileSettings() {
  try {
    const answer = await fetch("/settings.json");
    return answer.ok ? ((await answer.json()).tiles ?? null) : null;
  } catch {
    return null;
  }
}

function drawCredit(credit, tiles) {
  const isOsm = tiles?.attribution.includes("OpenStreetMap");
  const address = "https://www.openstreetmap.org/copyright";
  const words = isOsm
    ? h("a", { href: address, target: "_blank", rel: "noopener" }, tiles.attribution)
    : (tiles?.attribution ?? "");
  fill(credit, words);
}

function fixLine(locator, fix) {
  if (locator.isPractice) return fix ? t("fixPractice") : "";
  if (fix) return t("youAreHere", { accuracy: number(Math.round(fix.accuracy)) });
  if (locator.problem) return t(`fix_${locator.problem}`);
  return locator.consent ? t("fixSearching") : "";
}

/** The same places as words: for screen readers, keyboards, and whoever likes lists. */
function createPlaceList(locator, openPlace) {
  const list = h("ul", { class: "map-list" });
  const empty = h("p", { class: "soft map-empty" }, t("mapEmpty"));
  let states = {};
  const update = keyedList(list, create, (node, place) => {
    setText(node.querySelector(".map-place-name"), place.name);
    setAttribute(node, "data-state", states[place.id]);
    show(node.lastChild, locator.isPractice);
    node.place = place;
  });

  function create(place) {
    const walk = () => locator.walkTo(...node.place.at);
    const node = h(
      "li",
      { class: "row" },
      h("button", { class: "button grow start", type: "button", onclick: () => openPlace(place.id) }, icon("pin"), h("span", { class: "map-place-name" })),
      h("button", { class: "button", type: "button", "data-test": "walk", "data-place": place.id, onclick: walk }, icon("walk"), t("walkHere")),
    );
    return node;
  }

  return {
    node: h("div", { class: "map-places" }, list, empty),
    draw(places, model) {
      states = Object.fromEntries(places.map((place) => [place.id, stateOf(model, place)]));
      update(places, (place) => place.id);
      show(empty, !places.length);
    },
  };
}
