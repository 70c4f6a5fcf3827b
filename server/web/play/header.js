/** What is always on top: the team, the connection, score, rank and time, and the hunt's phase. */

import { duration, huntTime, serverNow } from "../common/clock.js";
import { h, setAttribute, setText, show } from "../common/dom.js";
import { number, t } from "../common/texts.js";
import { icon } from "./icons.js";
import { ownRow } from "./model.js";

const LATE_S = 300; // The last minutes, in which the clock changes its colour.

const STATE_WORDS = {
  online: "stateOnline",
  offline: "stateOffline",
  connecting: "stateConnecting",
};

/**
 * @param {import("./game.js").Game} game
 * @param {() => void} openMenu
 */
export function createHeader(game, openMenu) {
  const connection = createConnection(game);
  const team = h("h1", { class: "team-name", "data-test": "team-name" });
  const title = h("p", { class: "hunt-title" });
  const score = figure(t("score"), "score");
  const rank = figure(t("rank"), "rank");
  const time = figure(t("timeLeft"), "time-left");
  const look = { class: "head-button", type: "button", "data-test": "menu", onclick: openMenu };
  const menu = h("button", { ...look, "aria-label": t("menu") }, icon("menu"));
  const names = h("div", { class: "grow" }, title, team);
  const top = h("div", { class: "head-top" }, names, connection.pill, menu);
  const figures = h("div", { class: "figures" }, score.node, rank.node, time.node);
  const node = h("header", { class: "head" }, top, figures);

  function draw() {
    const { model } = game;
    setText(title, model.hunt.title);
    setText(team, model.team.name);
    score.set(number(model.team.score));
    drawRank(rank, model);
    drawTime(time, model);
    connection.draw();
  }
  return { node, strip: connection.strip, draw };
}

function drawRank(rank, model) {
  const row = ownRow(model);
  const count = model.leaderboard.length + model.more;
  rank.set(row ? t("rankOf", { rank: row.rank, count }) : "–");
  rank.label(model.isFrozen ? t("rankFrozen") : t("rank"));
}

function drawTime(time, model) {
  const { hunt, madeAt } = model;
  const { elapsed, left } = huntTime(hunt, madeAt);
  if (hunt.phase === "draft" && hunt.starts_at) {
    time.label(t("startsIn"));
    time.set(duration(hunt.starts_at - serverNow()));
  } else if (hunt.phase === "finished") {
    time.label(t("timeLeft"));
    time.set(t("over"));
  } else {
    time.label(left === null ? t("timeRun") : t("timeLeft"));
    time.set(left === null ? duration(Math.floor(elapsed)) : duration(left));
  }
  const isLate = hunt.phase === "running" && left !== null && left < LATE_S;
  setAttribute(time.node, "data-late", isLate);
}

function figure(label, test) {
  const name = h("span", { class: "figure-label" }, label);
  const value = h("span", { class: "figure-value number", "data-test": test });
  return {
    node: h("div", { class: "figure" }, name, value),
    set: (text) => setText(value, text),
    label: (text) => setText(name, text),
  };
}

/** The connection: a sign that is always there, and a strip of words while there is none. */
function createConnection(game) {
  const word = h("span", {});
  const pill = h(
    "span",
    { class: "pill", "data-test": "connection", role: "status" },
    h("i", {}),
    word,
  );
  const words = h("span", { class: "grow" });
  const retry = h(
    "button",
    { class: "button small", type: "button", onclick: () => game.connection.retryNow() },
    t("retryNow"),
  );
  const strip = h("div", { class: "strip", hidden: true }, icon("nosignal"), words, retry);

  function draw() {
    const { state, retryAt } = game.net;
    const count = game.waiting.length;
    setAttribute(pill, "data-state", state);
    const name = t(STATE_WORDS[state]);
    const isWaiting = count > 0 && state !== "online";
    setText(word, isWaiting ? t("pillWaiting", { state: name, count }) : name);
    show(strip, state !== "online" && (retryAt !== null || count > 0));
    show(retry, retryAt !== null);
    setText(words, stripWords(retryAt, count));
  }
  return { pill, strip, draw };
}

function stripWords(retryAt, count) {
  const seconds = Math.max(0, Math.ceil(((retryAt ?? 0) - Date.now()) / 1000));
  const when = retryAt === null ? t("stateConnecting") : t("retryIn", { seconds });
  return count ? `${when} · ${t("waitHere", { count })}` : when;
}
