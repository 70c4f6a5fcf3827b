/** How the hunt stands, when that needs words: before the start, paused, over, out of the hunt. */

import { duration, serverNow, timeOfDay } from "../common/clock.js";
import { fill, h, show } from "../common/dom.js";
import { number, t } from "../common/texts.js";
import { cairn, icon } from "./icons.js";
import { foundCount, ownRow } from "./model.js";

/** @param {import("./game.js").Game} game */
export function createPhase(game) {
  const node = h("section", { class: "phase", "data-test": "phase", "aria-live": "polite" });
  let shown = "";

  function draw() {
    const { model } = game;
    const words = wordsOf(model);
    show(node, words !== null);
    const drawn = JSON.stringify(words);
    if (drawn === shown) return tick(model);
    shown = drawn;
    if (words) fill(node, contents(words));
    node.className = `phase card ${words?.kind ?? ""}`;
    node.dataset.phase = model.hunt.phase;
    tick(model);
  }

  function tick(model) {
    const left = node.querySelector(".phase-count");
    if (left) fill(left, duration(model.hunt.starts_at - serverNow()));
  }
  return { node, draw };
}

function wordsOf(model) {
  const { hunt, team } = model;
  if (team.disqualified)
    return { kind: "bad", sign: "closed", title: t("disqualified"), text: t("disqualifiedText") };
  if (hunt.phase === "draft") return draftWords(hunt, team);
  if (hunt.phase === "paused")
    return { kind: "warn", sign: "pause", title: t("pausedTitle"), text: t("pausedText") };
  return hunt.phase === "finished" ? finishedWords(model) : null;
}

function draftWords(hunt, team) {
  const text = hunt.starts_at
    ? t("startsAt", { time: timeOfDay(hunt.starts_at) })
    : t("waitForStart");
  return {
    kind: "brand",
    sign: "flag",
    title: t("draftTitle"),
    text,
    isCounting: Boolean(hunt.starts_at),
    players: team.players,
  };
}

function finishedWords(model) {
  const row = ownRow(model);
  const values = { count: model.leaderboard.length + model.more, rank: row?.rank };
  return {
    kind: "brand final",
    sign: "flag",
    title: row && !model.isFrozen ? t("finalRank", values) : t("finishedTitle"),
    text: t("finalText", { score: number(model.team.score), found: foundCount(model) }),
    note: model.isFrozen ? t("finalFrozen") : "",
    isFinal: true,
  };
}

function contents(words) {
  return [
    words.isFinal ? cairn("cairn big") : icon(words.sign),
    h("h2", {}, words.title),
    words.isCounting && h("p", { class: "phase-count number", "aria-live": "off" }),
    h("p", {}, words.text),
    words.note && h("p", { class: "soft" }, words.note),
    words.players?.length > 0 &&
      h("p", { class: "soft" }, t("teamPlayers", { players: words.players.join(", ") })),
  ];
}
