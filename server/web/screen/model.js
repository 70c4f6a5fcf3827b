/**
 * What the big screen knows, without DOM and clock. Everything but `moves` is what a fresh
 * welcome would say; `moves` is how the board came to look as it does.
 */

const FINDS_MAX = 20; // As many as a welcome has.
const ANNOUNCEMENTS_MAX = 50; // A screen runs for days.

/**
 * @typedef {Object} Model
 * @property {Object} hunt The wire's hunt.
 * @property {number} madeAt Server time at which `hunt` was made.
 * @property {Object[]} rows The leaderboard's rows, best first.
 * @property {number} more Teams below them.
 * @property {boolean} isFrozen
 * @property {Object[]} announcements Oldest first.
 * @property {Object[]} finds Oldest first.
 * @property {Object[]} places
 * @property {Set<string>} closed Ids of places that are out of play.
 * @property {Map<string, {by: number, at: number}>} moves Team to ranks won (or lost, below 0) by
 *   its last move, and when that was, in server time.
 */

/**
 * @param {Object} welcome
 * @param {Model|null} [before] What was shown until the connection was lost.
 * @param {number} [now] Server time.
 * @returns {Model}
 */
export function begin(welcome, before = null, now = welcome.now) {
  const rows = welcome.leaderboard ?? [];
  return {
    hunt: welcome.hunt,
    madeAt: welcome.now,
    rows,
    more: 0,
    isFrozen: welcome.is_frozen ?? false,
    announcements: (welcome.announcements ?? []).slice(-ANNOUNCEMENTS_MAX),
    finds: (welcome.finds ?? []).slice(-FINDS_MAX),
    places: welcome.places ?? [],
    closed: new Set(welcome.closed ?? []),
    moves: before?.hunt?.id === welcome.hunt?.id ? moved(before, rows, now) : new Map(),
  };
}

/**
 * @param {Model} model
 * @param {Object} message
 * @param {number} [now] Server time.
 * @returns {Model} Another one when anything changed.
 */
export function take(model, message, now = 0) {
  switch (message.t) {
    case "leaderboard":
      return {
        ...model,
        rows: message.leaderboard,
        more: message.more ?? 0,
        isFrozen: message.is_frozen ?? false,
        moves: moved(model, message.leaderboard, now),
      };
    case "phase":
      return { ...model, hunt: message.hunt, madeAt: message.now };
    case "announcement":
      return {
        ...model,
        announcements: merged(model.announcements, [message.announcement], ANNOUNCEMENTS_MAX),
      };
    case "finds":
      return { ...model, finds: merged(model.finds, message.finds, FINDS_MAX) };
    case "location":
      return "open" in message || "id" in message ? opened(model, message) : model;
    default:
      return model;
  }
}

/** Old and new, each once, in the order of their ids; the newest of them. */
function merged(known, news, most) {
  const byId = new Map([...known, ...news].map((one) => [one.id, one]));
  return [...byId.values()].sort((a, b) => a.id - b.id).slice(-most);
}

function opened(model, message) {
  const closed = new Set(model.closed);
  if (message.open) closed.delete(message.id);
  else closed.add(message.id);
  return { ...model, closed };
}

/** Who moved since the last board, and by how much; the moves of the others stay. */
function moved(model, rows, now) {
  const ranks = new Map(model.rows.map((row) => [row.team, row.rank]));
  const moves = new Map();
  for (const { team, rank } of rows) {
    const by = ranks.has(team) ? ranks.get(team) - rank : 0;
    if (by) moves.set(team, { by, at: now });
    else if (model.moves.has(team)) moves.set(team, model.moves.get(team));
  }
  return moves;
}

/** How long a move is shown, in seconds. */
export const MOVE_SHOWN_S = 45;

/**
 * Ranks that a team has just won, or lost (below 0).
 * @param {Model} model
 * @param {string} team
 * @param {number} now Server time.
 */
export function moveOf(model, team, now) {
  const move = model.moves.get(team);
  return move && now - move.at < MOVE_SHOWN_S ? move.by : 0;
}

/** Seconds that an announcement stays on the screen, by its level. */
const SHOWN_S = { info: 300, warning: 900, urgent: 3600 };

/**
 * The announcements to show now, the most urgent first, then the newest.
 * @param {Model} model
 * @param {number} now Server time.
 * @returns {Object[]}
 */
export function current(model, now) {
  const levels = ["urgent", "warning", "info"];
  return model.announcements
    .filter((one) => now - one.at < (SHOWN_S[one.level] ?? SHOWN_S.info))
    .sort((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level) || b.id - a.id);
}

/**
 * What the clock shows.
 * @param {Model} model
 * @param {number} now Server time.
 * @returns {{kind: "starts"|"left"|"played"|"none", seconds: number}}
 */
export function clock(model, now) {
  const { hunt, madeAt } = model;
  if (hunt.phase === "draft") {
    if (!hunt.starts_at) return { kind: "none", seconds: 0 };
    return { kind: "starts", seconds: hunt.starts_at - now };
  }
  if (hunt.phase === "finished") return { kind: "none", seconds: 0 };
  const isRunning = hunt.phase === "running";
  if (isRunning && hunt.ends_at) return { kind: "left", seconds: hunt.ends_at - now };
  const played = (hunt.elapsed_s ?? 0) + (isRunning ? Math.max(0, now - madeAt) : 0);
  if (hunt.duration_s) return { kind: "left", seconds: hunt.duration_s - played };
  return { kind: "played", seconds: played };
}

/**
 * How to lay out a board of so many rows when so many fit above each other: the best always in
 * view, the others a page at a time.
 * @param {number} count Rows there are.
 * @param {number} fits Rows that fit into one column.
 * @param {number} columns Columns that fit beside each other.
 * @param {number} turn Counts up; each turn shows the next page.
 * @returns {{rows: number, columns: number, pinned: number, from: number, to: number,
 *   pages: number}} Rows of a column, columns; rows `0` to `pinned` and `from` to `to` are shown.
 */
export function layout(count, fits, columns, turn) {
  if (count <= fits) return { rows: Math.max(count, 1), columns: 1, ...page(count, count, 0, 0) };
  if (columns === 1) {
    const pinned = Math.ceil(fits / 2);
    return { rows: fits, columns, ...page(count, pinned, fits - pinned, turn) };
  }
  // The fewest rows that need no second page, but no fewer than would look lost.
  const rows = Math.min(fits, Math.max(Math.ceil(count / columns), Math.ceil(fits / 2)));
  return { rows, columns, ...page(count, rows, rows * (columns - 1), turn) };
}

function page(count, pinned, size, turn) {
  const pages = size ? Math.max(1, Math.ceil((count - pinned) / size)) : 1;
  const from = pinned + (turn % pages) * size;
  return { pinned, from, to: Math.min(count, from + size), pages };
}
