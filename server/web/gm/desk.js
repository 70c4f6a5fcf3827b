/** What every part of the console is given: the model, the times, and the way to give commands. */

import { drawSoon } from "../common/dom.js";
import { t } from "../common/texts.js";
import { may } from "./rights.js";
import { describe } from "./sentences.js";
import { timesOf } from "./times.js";
import { undoOf, undoReason } from "./undo.js";

const REASONS_OF_ITS_OWN = new Set(["looking_on", "already_applied"]);

/**
 * @typedef {Object} Desk
 * @property {import("./model.js").Model} model
 * @property {ReturnType<import("./times.js").timesOf>} times
 * @property {import("./link.js").Link} link
 * @property {(request: Object, done?: string) => Promise<Object>} command Give a command; `done` is
 *   said when it was accepted.
 * @property {(request: string, place?: string) => boolean} may
 * @property {(area: string, selection?: Object) => void} go
 * @property {() => void} redraw
 */

/** @returns {Desk} */
export function makeDesk(link, notices, signOut) {
  const desk = {
    link,
    notices,
    signOut,
    selection: {},
    times: null,
    go: () => {},
    redraw: () => {},
    get model() {
      return link.model;
    },
    may: (request, place) => link.isWriting && may(link.model.you, request, place),
    command: (request, done) => command(desk, request, done),
    undo: (entry) => undo(desk, entry),
    refresh: () => (desk.times = timesOf(link.model)),
  };
  desk.refresh();
  return desk;
}

/** Commands always name their hunt: a queued one must not land in the hunt looked at later. */
async function command(desk, request, done) {
  const hunt = desk.model.hunt?.id;
  const answer = await desk.link.submit({ ...request, ...(hunt && { hunt }) });
  if (answer.t === "accepted" && done) desk.notices.say(done);
  if (answer.t === "refused" && REASONS_OF_ITS_OWN.has(answer.reason)) {
    desk.notices.say(t(`refused_${answer.reason}`), { level: "warn" });
  }
  return answer;
}

/** Take back what an entry of the staff log did. */
function undo(desk, entry) {
  const { request } = undoOf(desk.model, entry);
  if (!request) return;
  const hasReason = "adjust extend restore void disqualify reinstate"
    .split(" ")
    .includes(request.t);
  desk.command(
    { ...request, ...(hasReason && { reason: undoReason(entry, t("undoWord")) }) },
    t("undone"),
  );
}

/** Say what was refused, in a sentence with its reason. */
export function sayRefused(desk, action) {
  const { answer, message } = action;
  if (answer.reason === "already_applied") return;
  const what = describe(desk.model, message);
  desk.notices.say(t("refusedBecause", { what, why: answer.message || answer.reason }), {
    level: "bad",
  });
}

/** Draw at most once in a frame. */
export const inFrames = drawSoon;

/**
 * Draw at once, but not again before some time has passed: pushes may come faster than anybody
 * reads, and the hand that clicks must not wait for them.
 * @param {() => void} draw
 * @param {number} gapMs
 */
export function paced(draw, gapMs) {
  let [timer, last] = [0, -Infinity];
  const now = () => {
    timer = 0;
    last = performance.now();
    draw();
  };
  return () => {
    timer ||= setTimeout(now, Math.max(0, last + gapMs - performance.now()));
  };
}
