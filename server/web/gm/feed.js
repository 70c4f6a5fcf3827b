/** What happens, in sentences, newest first; for all, for one team or one place. */

import { timeOfDay } from "../common/clock.js";
import { h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { refillSelect } from "./parts.js";
import { sentence, signOfEvent } from "./sentences.js";

/** @param {import("./desk.js").Desk} desk */
export function makeFeed(desk) {
  const list = makeFeedList(desk, { max: 100 });
  const team = filterSelect(t("allTeams"), () =>
    list.filter({ team: team.value, place: place.value }),
  );
  const place = filterSelect(t("allPlaces"), () =>
    list.filter({ team: team.value, place: place.value }),
  );
  let drawn = null;
  return {
    node: h(
      "section",
      { class: "card feed" },
      h("div", { class: "card-head row" }, h("h2", { class: "grow" }, t("feed")), team, place),
      list.node,
    ),
    draw() {
      const { model } = desk;
      if (drawn !== model.places) {
        drawn = model.places;
        fillOptions(team, model.teams);
        fillOptions(place, model.places);
        list.filter({ team: team.value, place: place.value });
      }
      list.draw();
    },
  };
}

function filterSelect(word, onchange) {
  return h(
    "select",
    { class: "input compact", "aria-label": word, onchange },
    h("option", { value: "" }, word),
  );
}

function fillOptions(select, things) {
  const options = [...things.values()].map((one) => h("option", { value: one.id }, one.name));
  refillSelect(select, [select.firstChild, ...options]);
}

/**
 * A list of events that only grows at its head: what is there is not touched again.
 * @param {import("./desk.js").Desk} desk
 * @param {{max: number}} options
 */
export function makeFeedList(desk, { max }) {
  const list = h("ol", { class: "feed-list plain", "aria-live": "off" });
  const none = h("p", { class: "soft calm" }, t("feedNone"));
  let filter = { team: "", place: "" };
  let [newest, drawnFor] = [0, null];
  const isWanted = ({ data }) =>
    (!filter.team || data.team === filter.team) &&
    (!filter.place || data.location === filter.place);
  return {
    node: h("div", { class: "feed-scroll" }, list, none),
    filter(wanted) {
      if (wanted.team === filter.team && wanted.place === filter.place) return;
      filter = { team: "", place: "", ...wanted };
      drawnFor = null;
      desk.redraw();
    },
    draw() {
      const { feed, places } = desk.model;
      if (drawnFor !== places) {
        list.replaceChildren();
        [newest, drawnFor] = [0, places];
      }
      for (const event of feed) {
        if (event.position <= newest) continue;
        newest = event.position;
        if (isWanted(event)) list.prepend(feedItem(desk, event));
      }
      while (list.children.length > max) list.lastChild.remove();
      none.hidden = list.children.length > 0;
    },
  };
}

function feedItem(desk, event) {
  return h(
    "li",
    { class: "feed-item", "data-test": "feed-item", "data-kind": event.kind },
    h("time", { class: "number soft" }, timeOfDay(event.at)),
    h("span", { class: "feed-sign", "aria-hidden": "true" }, signOfEvent(event.kind)),
    h("span", { class: "grow" }, sentence(desk, event)),
  );
}
