/**
 * Taking back what a game master did: the opposite request, as long as the thing still is as that
 * action made it. Pure. What cannot be taken back says why, in a text key.
 */

const REASON_MAX = 500;

/**
 * @param {import("./model.js").Model} model
 * @param {Object} entry Of the staff log.
 * @returns {{request: Object|null, why: string|null, isDangerous: boolean}} The request that takes
 *   it back; or why there is none, as a text key.
 */
export function undoOf(model, entry) {
  const rule = RULES[entry.kind];
  if (!rule) return never(`undoNever_${entry.kind}`);
  const later = model.staffLog.filter((one) => one.id > entry.id);
  const outcome = rule(model, entry, later);
  if (typeof outcome === "string") return never(outcome);
  const isDangerous = outcome.t === "disqualify" || outcome.t === "void";
  return { request: outcome, why: null, isDangerous };
}

const EVENT_OF = {
  adjust: "points_adjusted",
  void: "find_voided",
  restore: "find_restored",
  disqualify: "team_disqualified",
  reinstate: "team_reinstated",
  extend: "hunt_extended",
};

/**
 * The entry of a correction that was just made. It may not be saved yet; an older one that looks
 * the same is another correction.
 * @param {import("./model.js").Model} model
 * @param {Object} request As it was sent.
 * @param {number} before The newest entry's id when it was sent.
 */
export function entryOf(model, request, before) {
  const isSame = (data) =>
    ["team", "location", "points", "seconds"].every(
      (key) => request[key] === undefined || data[key] === request[key],
    );
  return model.staffLog.findLast(
    ({ id, kind, data }) => id > before && kind === EVENT_OF[request.t] && isSame(data),
  );
}

const never = (why) => ({ request: null, why, isDangerous: false });

/** The reason that an undo carries; its tail says which action it took back. */
export function undoReason(entry, word) {
  const own = entry.data.reason ?? "";
  const tail = ` (#${entry.id})`;
  return `${word}: ${own}`.slice(0, REASON_MAX - tail.length).trimEnd() + tail;
}

const isUndoOf = (entry, later) =>
  later.some((one) => (one.data?.reason ?? "").endsWith(`(#${entry.id})`));

const RULES = {
  points_adjusted: (_model, { id, data }, later) =>
    isUndoOf({ id }, later) ? "undoDone" : { t: "adjust", team: data.team, points: -data.points },
  hunt_extended: (model, { id, data }, later) => {
    if (isUndoOf({ id }, later)) return "undoDone";
    if (model.hunt?.phase === "finished") return "undoFinished";
    return { t: "extend", seconds: -data.seconds };
  },
  find_voided: onFind("void", (data) => ({ t: "restore", ...teamAndPlace(data) })),
  find_restored: onFind("found", (data) => ({ t: "void", ...teamAndPlace(data) })),
  team_disqualified: onTeam(true, "reinstate"),
  team_reinstated: onTeam(false, "disqualify"),
  location_closed: onPlace(false, "open"),
  location_opened: onPlace(true, "close"),
  hunt_paused: onPhase("paused", "resume"),
  hunt_resumed: onPhase("running", "pause"),
  leaderboard_frozen: (model) => (model.isFrozen ? { t: "thaw" } : "undoChanged"),
  leaderboard_thawed: (model) => (model.isFrozen ? "undoChanged" : { t: "freeze" }),
  message_handled: undoHandled,
  staff_invited: (model, { data }) =>
    model.staff.some((one) => one.id === data.staff)
      ? { t: "revoke", staff: data.staff }
      : "undoChanged",
};

const teamAndPlace = ({ team, location }) => ({ team, location });

/** The newest entry about the same thing must be this one: a later one made it what it is. */
function isLast(later, kinds, isSame) {
  return !later.some((one) => kinds.includes(one.kind) && isSame(one.data));
}

function onFind(state, inverse) {
  return (model, { data }, later) => {
    const isSame = (other) => other.team === data.team && other.location === data.location;
    const cell = model.teams.get(data.team)?.cells[data.location];
    const holds = cell?.state === state && isLast(later, ["find_voided", "find_restored"], isSame);
    return holds ? inverse(data) : "undoChanged";
  };
}

function onTeam(isOut, request) {
  return (model, { data }, later) => {
    const line = model.teams.get(data.team);
    const kinds = ["team_disqualified", "team_reinstated"];
    const isNewest = isLast(later, kinds, (other) => other.team === data.team);
    const holds = line && Boolean(line.disqualified) === isOut && isNewest;
    return holds ? { t: request, team: data.team } : "undoChanged";
  };
}

function onPlace(isOpen, request) {
  return (model, { data }, later) => {
    const line = model.locations.get(data.location);
    const kinds = ["location_opened", "location_closed"];
    const isNewest = isLast(later, kinds, (other) => other.location === data.location);
    return line && line.open === isOpen && isNewest
      ? { t: request, location: data.location }
      : "undoChanged";
  };
}

function onPhase(phase, request) {
  const kinds = ["hunt_paused", "hunt_resumed", "hunt_finished"];
  return (model, _entry, later) =>
    model.hunt?.phase === phase && isLast(later, kinds, () => true)
      ? { t: request }
      : "undoChanged";
}

function undoHandled(model, entry, later) {
  const isSame = (other) => other.message === entry.data.message;
  const message = model.messages.get(entry.data.message);
  const holds = message?.state === entry.data.state && isLast(later, ["message_handled"], isSame);
  if (!holds) return "undoChanged";
  const before = model.staffLog.findLast(
    (one) => one.id < entry.id && one.kind === "message_handled" && isSame(one.data),
  );
  return { t: "handle", message: entry.data.message, state: before?.data.state ?? "open" };
}
