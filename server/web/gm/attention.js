/** What needs somebody now: waiting messages, stuck teams, silent teams, unread urgent words. */

import { h, keyedList, setAttribute, setText } from "../common/dom.js";
import { t } from "../common/texts.js";
import { receipts } from "./audience.js";
import { openHealth } from "./health_panel.js";
import { currentSettings } from "./settings.js";
import { heat } from "./stuck.js";
import { age, placeName, teamName } from "./words.js";

const LINES_MAX = 6;
const MESSAGE_LATE_S = 180; // A player who waits longer than this is asking the neighbours.
const OFFLINE_LATE_S = 300;

/** @param {import("./desk.js").Desk} desk */
export function makeAttention(desk) {
  const list = h("ul", { class: "attention-list plain" });
  const calm = h("p", { class: "soft calm" }, `✓ ${t("attentionNone")}`);
  const count = h("span", { class: "badge number" });
  const update = keyedList(list, () => makeLine(), drawLine);
  return {
    node: h(
      "section",
      { class: "card attention" },
      h("div", { class: "card-head row" }, h("h2", { class: "grow" }, t("attention")), count),
      list,
      calm,
    ),
    draw() {
      const needs = needsOf(desk);
      setText(count, needs.length);
      count.hidden = !needs.length;
      calm.hidden = needs.length > 0;
      update(needs.slice(0, LINES_MAX), (need) => need.key);
    },
  };
}

function makeLine() {
  const sign = h("span", { class: "sign", "aria-hidden": "true" });
  const text = h("span", { class: "grow" });
  const wait = h("span", { class: "number wait" });
  const button = h("button", { type: "button", class: "attention-line" }, sign, text, wait);
  const node = h("li", {}, button);
  Object.assign(node, { sign, text, wait, button });
  return node;
}

function drawLine(node, need) {
  setText(node.sign, need.sign);
  setText(node.text, need.text);
  setText(node.wait, need.wait);
  setAttribute(node.button, "data-level", need.level);
  setAttribute(node.button, "data-heat", need.heat ?? null);
  node.button.onclick = need.act;
}

/** Everything that needs somebody, most urgent first. */
function needsOf(desk) {
  const { model } = desk;
  if (!model.hunt) return [];
  const needs = [
    ...alertNeeds(desk),
    ...messageNeeds(desk),
    ...stuckNeeds(desk),
    ...offlineNeeds(desk),
    ...unseenNeeds(desk),
  ];
  return needs.sort((a, b) => b.weight - a.weight);
}

function alertNeeds(desk) {
  const { health } = desk.model;
  const quarantined = (health?.quarantined ?? []).map((actor) =>
    t("quarantinedNow", { actors: actor }),
  );
  return [...quarantined, ...(health?.alerts ?? [])].map((text) => ({
    key: `alert/${text}`,
    sign: "■",
    text,
    wait: "",
    level: "bad",
    weight: 1000,
    act: () => openHealth(desk),
  }));
}

function messageNeeds(desk) {
  const { model, times } = desk;
  return [...model.messages.values()]
    .filter((message) => message.state === "open")
    .map((message) => {
      const waited = times.now - message.at;
      return {
        key: `message/${message.id}`,
        sign: "✉",
        text: `${teamName(model, message.team)}: ${message.text}`,
        wait: age(waited),
        level: waited > MESSAGE_LATE_S ? "bad" : "warn",
        weight: 100 + waited / 60,
        act: () => desk.go("messages", { message: message.id }),
      };
    });
}

function stuckNeeds(desk) {
  const { model, times } = desk;
  if (model.hunt.phase !== "running") return [];
  const { heat: thresholds } = currentSettings();
  return [...model.teams.values()].flatMap((line) => {
    const { minutes, place } = times.stuck(line);
    const warmth = heat(minutes, thresholds);
    if (warmth < 3) return [];
    const where = place
      ? t("stuckAt", { team: line.name, place: placeName(model, place) })
      : t("stuckTeam", { team: line.name });
    return [
      {
        key: `stuck/${line.id}`,
        sign: "◔",
        text: where,
        wait: `${Math.floor(minutes)}′`,
        level: warmth > 3 ? "bad" : "warn",
        heat: warmth,
        weight: minutes,
        act: () => desk.go("teams", { team: line.id }),
      },
    ];
  });
}

function offlineNeeds(desk) {
  const { model, times } = desk;
  if (model.hunt.phase !== "running") return [];
  return [...model.teams.values()].flatMap((line) => {
    const away = line.last_seen_at ? times.now - line.last_seen_at : 0;
    if (line.online > 0 || line.disqualified || away < OFFLINE_LATE_S) return [];
    return [
      {
        key: `offline/${line.id}`,
        sign: "○",
        text: t("teamOffline", { team: line.name }),
        wait: age(away),
        level: "warn",
        weight: away / 60 - 2,
        act: () => desk.go("teams", { team: line.id }),
      },
    ];
  });
}

function unseenNeeds(desk) {
  const { model } = desk;
  const urgent = model.announcements.filter((one) => one.level === "urgent").slice(-3);
  return urgent.flatMap((announcement) => {
    const { teams, seen } = receipts(model, announcement);
    if (seen === teams) return [];
    return [
      {
        key: `unseen/${announcement.id}`,
        sign: "!",
        text: t("urgentUnseen", { text: announcement.text }),
        wait: `${seen}/${teams}`,
        level: "warn",
        weight: 60,
        act: () => desk.go("announce", { announcement: announcement.id }),
      },
    ];
  });
}
