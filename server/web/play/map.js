/** The map tab: places that may be seen, the own position, and in practice the way to walk. */

import { fill, h, keyedList, setAttribute, setText, show } from "../common/dom.js";
import { leaflet, tileSettings } from "../common/leaflet.js";
import { number, t } from "../common/texts.js";
import { consentQuestion } from "./consent.js";
import { icon } from "./icons.js";
import { inOrder, stateOf } from "./model.js";

export class MapTab {
  /**
   * @param {import("./game.js").Game} game
   * @param {import("./locator.js").Locator} locator
   * @param {(id: string) => void} openPlace
   */
  constructor(game, locator, openPlace) {
    this._game = game;
    this._locator = locator;
    this._openPlace = openPlace;
    this._surface = null;
    this._isOpened = false;
    this._ground = h("div", {
      class: "map-ground",
      "data-test": "map",
      role: "application",
      "aria-label": t("map"),
    });
    this._question = consentQuestion(locator, () => locator.use("map", true));
    const help = h("span", {}, t("practiceHelp"));
    this._practice = h("div", { class: "practice row" }, icon("walk"), help);
    this._centre = this._makeCentre();
    this._fixWords = h("span", { class: "map-fix badge", role: "status" });
    this._credit = h("p", { class: "map-credit" });
    this._list = createPlaceList(locator, openPlace);
    const parts = [this._ground, this._question, this._centre, this._fixWords, this._credit];
    const frame = h("div", { class: "map-frame" }, parts);
    this.node = h("div", { class: "map-tab" }, this._practice, frame, this._list.node);
  }

  _makeCentre() {
    const onclick = () => this._surface?.centre();
    const look = { class: "map-button", type: "button", "aria-label": t("centre") };
    return h("button", { ...look, onclick }, icon("target"));
  }

  /** The first time: get a map to draw on. */
  async _begin() {
    const on = {
      onPlace: this._openPlace,
      onWalk: (lat, lon) => this._locator.isPractice && this._locator.walkTo(lat, lon),
    };
    try {
      const parts = [import("./leaflet.js"), leaflet(), tileSettings()];
      const [{ createLeafletMap }, L, tiles] = await Promise.all(parts);
      this._surface = createLeafletMap(L, this._ground, tiles, on);
      drawCredit(this._credit, tiles);
    } catch {
      const { Ground } = await import("./ground.js");
      this._surface = new Ground(this._ground, on);
    }
    this.draw();
  }

  draw() {
    const { model } = this._game;
    const locator = this._locator;
    const fix = locator.fresh;
    show(this._practice, locator.isPractice);
    show(this._question, !locator.isPractice && locator.consent === null);
    show(this._centre, Boolean(fix));
    setAttribute(this._ground, "data-practice", locator.isPractice);
    setText(this._fixWords, fixLine(locator, fix));
    show(this._fixWords, Boolean(this._fixWords.textContent));
    const places = inOrder(model).filter((place) => place.at);
    this._list.draw(places, model);
    this._surface?.setPlaces(places);
    this._surface?.setOwn(fix);
  }

  opened() {
    if (this._isOpened) requestAnimationFrame(() => this._surface?.resize());
    else this._begin();
    this._isOpened = true;
    if (this._locator.consent !== null) this._locator.use("map", true);
  }

  closed() {
    this._locator.use("map", false);
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
  const create = (place) => {
    const node = mapPlace(place, {
      open: () => openPlace(place.id),
      walk: () => locator.walkTo(...node.at),
    });
    return node;
  };
  const update = keyedList(list, create, (node, place) => {
    node.at = place.at;
    setText(node.querySelector(".map-place-name"), place.name);
    setAttribute(node, "data-state", states[place.id]);
    show(node.lastChild, locator.isPractice);
  });
  return {
    node: h("div", { class: "map-places" }, list, empty),
    draw(places, model) {
      states = Object.fromEntries(places.map((place) => [place.id, stateOf(model, place)]));
      update(places, (place) => place.id);
      show(empty, !places.length);
    },
  };
}

function mapPlace(place, { open, walk }) {
  const button = (look, more, ...children) =>
    h("button", { class: `button ${look}`, type: "button", ...more }, children);
  const name = h("span", { class: "map-place-name" });
  const walkLook = { "data-test": "walk", "data-place": place.id, onclick: walk };
  return h(
    "li",
    { class: "row" },
    button("grow start", { onclick: open }, icon("pin"), name),
    button("", walkLook, icon("walk"), t("walkHere")),
  );
}
