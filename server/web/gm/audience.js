/** Whom an announcement is for, and whom it has reached. Pure. */

/** Teams that have an id the announcement is meant for. */
export function isFor(announcement, team) {
  const { to } = announcement;
  return to === null || to === undefined || to === "all" || [to].flat().includes(team);
}

/**
 * How far an announcement has come.
 * @returns {{teams: number, delivered: number, seen: number,
 *   lines: {team: string, state: "waiting"|"delivered"|"seen"}[]}}
 */
export function receipts(model, announcement) {
  const lines = [];
  for (const line of model.teams.values()) {
    if (isFor(announcement, line.id))
      lines.push({ team: line.id, state: reach(line, announcement) });
  }
  const count = (state) => lines.filter((line) => line.state === state).length;
  const seen = count("seen");
  return { teams: lines.length, delivered: seen + count("delivered"), seen, lines };
}

function reach(line, { id }) {
  if (line.seen.includes(id)) return "seen";
  return (line.delivered ?? 0) >= id ? "delivered" : "waiting";
}

/**
 * The teams that a choice means.
 * @param {import("./model.js").Model} model
 * @param {{kind: string, teams?: string[], minutes?: number, place?: string,
 *   announcement?: number}} choice
 * @param {{now: number, since: Function, stuck: (line: Object) => {minutes: number|null}}} times
 * @returns {string[]|null} Ids; null means everybody.
 */
export function audience(model, choice, times) {
  if (choice.kind === "all") return null;
  if (choice.kind === "teams") return choice.teams ?? [];
  const lines = [...model.teams.values()].filter((line) => !line.disqualified);
  return lines.filter((line) => belongs(model, line, choice, times)).map((line) => line.id);
}

function belongs(model, line, choice, times) {
  switch (choice.kind) {
    case "stuck": {
      if (!choice.place) return (times.stuck(line).minutes ?? -1) >= choice.minutes;
      const cell = line.cells[choice.place];
      return cell?.state === "tried" && (times.since(cell.since) ?? -1) >= choice.minutes;
    }
    case "unseen": {
      const told = model.announcements.find((one) => one.id === choice.announcement);
      return Boolean(told) && isFor(told, line.id) && !line.seen.includes(told.id);
    }
    case "offline": {
      if (line.online > 0) return false;
      const away = line.last_seen_at ? (times.now - line.last_seen_at) / 60 : Infinity;
      return away >= choice.minutes;
    }
    default:
      return false;
  }
}
