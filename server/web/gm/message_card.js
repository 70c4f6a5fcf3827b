/** One message of a player: how long it waits, how its team stands, and an answer in one step. */

import { timeOfDay } from "../common/clock.js";
import { h, setAttribute, setText, show } from "../common/dom.js";
import { number, t } from "../common/texts.js";
import { button, submit } from "./parts.js";
import { age, nameLink, placeName } from "./words.js";

const LATE_S = 180;
const VERY_LATE_S = 480;
const REPLY_MAX = 1000;

export function makeMessage(desk, message) {
  const parts = {
    wait: h("span", { class: "badge number" }),
    standing: h("div", { class: "soft small" }),
    by: h("div", { class: "soft small" }),
    claim: stateButton(desk, message, "claimed", "message-claim", "do_claim"),
    done: stateButton(desk, message, "done", "message-done", "do_done"),
    reopen: stateButton(desk, message, "open", "message-open", "do_reopen"),
    reply: replyForm(desk, message),
  };
  const node = h(
    "li",
    {
      class: "message-card",
      "data-test": "message",
      "data-message": message.id,
      "data-id": message.id,
    },
    h(
      "div",
      { class: "row" },
      h(
        "b",
        { class: "grow" },
        nameLink(desk, "team", message.team),
        h("span", { class: "soft" }, ` · ${message.player}`),
      ),
      parts.wait,
    ),
    h("p", { class: "message-text" }, message.text),
    parts.standing,
    parts.by,
    h("div", { class: "row wrap" }, parts.claim, parts.done, parts.reopen),
    parts.reply,
  );
  return Object.assign(node, { parts });
}

function stateButton(desk, message, state, test, word) {
  const onclick = () => desk.command({ t: "handle", message: message.id, state });
  return button(t(word), onclick, { "data-test": test });
}

function replyForm(desk, message) {
  const text = h("textarea", {
    class: "input",
    rows: 2,
    maxlength: REPLY_MAX,
    required: true,
    "aria-label": t("replyText"),
    placeholder: t("replyText"),
    "data-test": "reply-text",
  });
  const send = (isDone) => {
    const words = text.value.trim();
    if (!words) return;
    const reply = { t: "announce", text: words, to: [message.team], level: "info" };
    desk.command(reply, t("done_reply"));
    if (isDone) desk.command({ t: "handle", message: message.id, state: "done" });
    text.value = "";
  };
  const onsubmit = (event) => {
    event.preventDefault();
    send(true);
  };
  const both = submit(t("replyDone"), { class: "primary small", "data-test": "reply-done" });
  const only = button(t("reply"), () => send(false), { "data-test": "reply" });
  return h(
    "form",
    { class: "reply stack", onsubmit },
    text,
    h("div", { class: "row" }, both, only),
  );
}

export function drawMessage(desk, node, message) {
  const { model, times } = desk;
  const { parts } = node;
  const waited = times.now - message.at;
  const isDone = message.state === "done";
  const mayHandle = desk.may("handle");
  setAttribute(node, "data-state", message.state);
  setText(parts.wait, isDone ? timeOfDay(message.at) : age(waited));
  const lateness = waited > VERY_LATE_S ? "bad" : waited > LATE_S ? "warn" : "";
  setAttribute(parts.wait, "class", `badge number ${message.state === "open" ? lateness : ""}`);
  setText(parts.standing, standing(model, times, message.team));
  setText(parts.by, message.by ? t(`handledBy_${message.state}`, { by: message.by }) : "");
  show(parts.claim, mayHandle && message.state === "open");
  show(parts.done, mayHandle && !isDone);
  show(parts.reopen, mayHandle && message.state !== "open");
  setText(parts.reopen, t(isDone ? "do_reopen" : "do_unclaim"));
  show(parts.reply, desk.may("announce") && !isDone);
}

/** How the team stands: so that help fits. */
function standing(model, times, team) {
  const line = model.teams.get(team);
  if (!line) return "";
  const rank = model.leaderboard.findIndex((row) => row.team === team) + 1;
  const { minutes, place, isDone } = times.stuck(line);
  const notes = [
    rank ? t("standingRank", { rank, count: model.leaderboard.length }) : t("out"),
    t("points", { count: number(line.score) }),
    `${line.found ?? 0}/${model.places.size}`,
  ];
  if (!isDone && place) notes.push(t("standingAt", { place: placeName(model, place) }));
  if (minutes !== null) notes.push(t("noFindSince", { minutes: Math.floor(minutes) }));
  return notes.join(" · ");
}
