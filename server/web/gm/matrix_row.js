/** The head of a team's line in the matrix: place, name, who is there, minutes since a find. */

import { h, setAttribute, setText } from "../common/dom.js";
import { t } from "../common/texts.js";
import { setFlag } from "./flags.js";
import { currentSettings } from "./settings.js";
import { heat } from "./stuck.js";

export function makeRowHead(team) {
  const rank = h("span", { class: "m-rank number" });
  const net = h("span", { class: "net-dot" });
  const name = h("span", { class: "m-team" });
  const score = h("span", { class: "m-score number" });
  const idle = h("span", { class: "m-idle number" });
  const node = h("div", { class: "m-name", role: "rowheader", tabindex: "-1", "data-team": team }, [
    rank,
    net,
    name,
    score,
    idle,
  ]);
  return { node, rank, net, name, score, idle };
}

export function drawRowHead(head, desk, line) {
  const { model, times } = desk;
  const index = model.leaderboard.findIndex((row) => row.team === line.id);
  const { minutes, isDone } = times.stuck(line);
  setText(head.rank, index < 0 ? "–" : index + 1);
  setText(head.name, line.name);
  setText(head.score, line.score);
  setFlag(head.node, "data-out", line.disqualified);
  drawNet(head.net, line);
  setAttribute(head.idle, "data-heat", heat(minutes, currentSettings().heat));
  setText(head.idle, isDone ? "✓" : minutes === null ? "" : `${Math.floor(minutes)}′`);
  const idle = minutes === null ? "" : t("noFindSince", { minutes: Math.floor(minutes) });
  setAttribute(head.node, "title", [line.name, idle].filter(Boolean).join(" · "));
}

/** A full dot: phones are connected; a ring: none is. */
export function drawNet(node, line) {
  setFlag(node, "data-online", line.online > 0);
  setText(node, line.online > 0 ? "●" : "○");
  setAttribute(
    node,
    "title",
    line.online > 0 ? t("phonesOnline", { count: line.online }) : t("offline"),
  );
}
