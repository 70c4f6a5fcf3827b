/** What time makes of the model: ages, and who is stuck. Made anew for every drawing. */

import { serverNow } from "../common/clock.js";
import { minutesSince, startedAt, stuckness } from "./stuck.js";

/**
 * @param {import("./model.js").Model} model
 * @returns {{now: number, since: (at: number) => number|null, started: number|null,
 *   stuck: (line: Object) => {minutes: number|null, place: string|null, isDone: boolean}}}
 */
export function timesOf(model) {
  const now = serverNow();
  const since = minutesSince(model, now);
  const started = startedAt(model, now);
  const known = new Map();
  const stuck = (line) => {
    if (!known.has(line)) known.set(line, stuckness(model, line, since, started));
    return known.get(line);
  };
  return { now, since, started, stuck };
}
