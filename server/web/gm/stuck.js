/** How long teams have got nowhere, in minutes of running hunt; and how warm that makes them. */

export const HEAT_DEFAULT_MIN = [5, 10, 20, 30];

/**
 * When the hunt stood still: from each pause to the next resume.
 * @param {Object[]} staffLog
 * @returns {{from: number, to: number}[]} `to` is Infinity for a pause that goes on.
 */
export function pauses(staffLog) {
  const found = [];
  for (const entry of staffLog) {
    if (entry.kind === "hunt_paused") found.push({ from: entry.at, to: Infinity });
    if (entry.kind === "hunt_resumed" && found.length) found.at(-1).to = entry.at;
  }
  return found;
}

/** The seconds from `from` to `to` in which the hunt ran. */
export function ranBetween(from, to, stops) {
  let ran = Math.max(0, to - from);
  for (const stop of stops) {
    ran -= Math.max(0, Math.min(to, stop.to) - Math.max(from, stop.from));
  }
  return Math.max(0, ran);
}

/**
 * A clock for how long ago things were, by the hunt's own time.
 * @param {import("./model.js").Model} model
 * @param {number} now Server time.
 * @returns {(at: number|undefined) => number|null} Minutes since then; null without a time.
 */
export function minutesSince(model, now) {
  const stops = pauses(model.staffLog);
  const isOver = model.hunt?.phase === "finished";
  const until = isOver ? model.madeAt : now;
  return (at) => (at === undefined || at === null ? null : ranBetween(at, until, stops) / 60);
}

/** When the hunt began: by its own clock, going back over the pauses. */
export function startedAt(model, now) {
  const { hunt, staffLog, madeAt } = model;
  if (!hunt || hunt.phase === "draft") return null;
  const started = staffLog.find((entry) => entry.kind === "hunt_started");
  if (started) return started.at;
  const ran = (hunt.elapsed_s ?? 0) + (hunt.phase === "running" ? now - madeAt : 0);
  const paused = pauses(staffLog).reduce(
    (sum, stop) => sum + Math.min(stop.to, now) - stop.from,
    0,
  );
  return now - ran - paused;
}

/** 0 to 4: how warm so many minutes are. */
export function heat(minutes, thresholds) {
  if (minutes === null || minutes === undefined) return 0;
  return thresholds.filter((threshold) => minutes >= threshold).length;
}

/**
 * How a team gets on.
 * @returns {{minutes: number|null, place: string|null, isDone: boolean}} Minutes since its last
 *   find (or the start), and the place that it has tried for longest; null when that says nothing.
 */
export function stuckness(model, line, since, started) {
  const cells = Object.entries(line.cells);
  const isDone = model.places.size > 0 && (line.found ?? 0) >= model.places.size;
  const isOut = line.disqualified || model.hunt?.phase === "draft" || isDone;
  if (isOut) return { minutes: null, place: null, isDone };
  let place = line.target ?? null;
  let longest = -1;
  for (const [id, cell] of cells) {
    const minutes = cell.state === "tried" ? (since(cell.since) ?? 0) : -1;
    if (minutes > longest && (!line.target || id === line.target)) [place, longest] = [id, minutes];
  }
  return { minutes: since(line.last_find_at ?? started), place, isDone };
}
