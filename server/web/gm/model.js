/**
 * What the console knows of one hunt: the welcome, brought up to date by every push. Pure: a model
 * is never changed, `take` makes the next one, and what did not change is the same object in both.
 * So whoever draws compares with `===` and touches only what differs.
 */

export const FEED_MAX = 100; // As many as a welcome holds, so that both tell the same story.
const LOG_MAX = 200; // These three are the server's own: what it drops, nobody tells us.
const MESSAGES_NEWEST = 200;
const MESSAGES_WAITING_MAX = 300;

/**
 * @typedef {Object} Model
 * @property {Object|null} hunt
 * @property {number} madeAt Server time at which `hunt` was true.
 * @property {string[]} hunts
 * @property {{role: string, name?: string, rights?: string, location?: string}} you
 * @property {Map<string, Object>} teams Team lines by id.
 * @property {Map<string, Object>} places What never changes of each location.
 * @property {Map<string, Object>} locations Location lines by id: open, standing, heading.
 * @property {Map<number, Object>} messages
 * @property {Object[]} staffLog Oldest first.
 * @property {Object[]} staff Invitations that hold.
 * @property {Object[]} feed Oldest first, at most `FEED_MAX`.
 * @property {Object[]} leaderboard The true one.
 * @property {Object[]|null} publicBoard As the public sees it, while frozen.
 * @property {boolean} isFrozen
 * @property {Object[]} announcements Oldest first.
 * @property {Object<string, number[]>} positions
 * @property {Object|null} health
 */

const byId = (lines, shape = (line) => line) =>
  new Map((lines ?? []).map((line) => [line.id, shape(line)]));

const teamLine = (line) => ({ seen: [], ...line, cells: line.cells ?? {} });

const messageLine = (line) => ({ state: "open", ...line });

const locationLine = (line) => ({ standing: 0, heading: 0, ...line });

/**
 * @param {Object} welcome
 * @returns {Model}
 */
export function begin(welcome) {
  const closed = new Set(welcome.closed ?? []);
  const location = (line) => locationLine({ open: !closed.has(line.id), ...line });
  return {
    hunt: welcome.hunt ?? null,
    madeAt: welcome.now,
    hunts: welcome.hunts ?? [],
    you: welcome.you ?? { role: "gm" },
    teams: byId(welcome.teams, teamLine),
    places: byId(welcome.places),
    locations: byId(welcome.locations ?? placesAsLines(welcome.places), location),
    messages: byId(welcome.messages, messageLine),
    staffLog: welcome.staff_log ?? [],
    staff: welcome.staff ?? [],
    feed: newest(welcome.feed ?? [], FEED_MAX),
    leaderboard: welcome.leaderboard ?? [],
    publicBoard: welcome.is_frozen ? (welcome.public_leaderboard ?? []) : null,
    isFrozen: welcome.is_frozen ?? false,
    announcements: welcome.announcements ?? [],
    positions: {},
    health: null,
  };
}

const placesAsLines = (places) => (places ?? []).map(({ id }) => ({ id }));

const TAKERS = {
  progress: takeProgress,
  feed: takeFeed,
  leaderboard: takeLeaderboard,
  announcement: takeAnnouncement,
  phase: (model, { hunt, now }) => ({ ...model, hunt, madeAt: now }),
  location: takeLocation,
  position: (model, { positions }) => ({ ...model, positions }),
  health: (model, { health }) => ({ ...model, health }),
};

/**
 * The model after a message; the same object when the message says nothing to it.
 * @param {Model} model
 * @param {Object} message
 * @returns {Model}
 */
export function take(model, message) {
  const isElsewhere =
    message.hunt && typeof message.hunt === "string" && message.hunt !== model.hunt?.id;
  const taker = Object.hasOwn(TAKERS, message.t) && !isElsewhere ? TAKERS[message.t] : null;
  return taker ? taker(model, message) : model;
}

function takeProgress(before, push) {
  const model = push.whole ? withoutBoard(before) : before;
  return {
    ...model,
    teams: merged(model.teams, push.teams, mergeTeam),
    places: merged(model.places, push.places, (_, line) => line),
    locations: merged(model.locations, push.locations, (_, line) => locationLine(line)),
    messages: droppedOld(merged(model.messages, push.messages, (_, line) => messageLine(line))),
    staffLog: newest(appended(model.staffLog, push.staff_log, "id"), LOG_MAX),
    staff: push.staff ?? model.staff,
  };
}

/** The hunt was set up anew: the whole board follows. */
function withoutBoard(model) {
  const none = () => new Map();
  const lines = { teams: none(), places: none(), locations: none(), messages: none() };
  return { ...model, ...lines, staffLog: [], announcements: [], positions: {} };
}

/** Old messages are dropped as the server drops them: the newest stay, and some that wait. */
function droppedOld(messages) {
  if (messages.size <= MESSAGES_NEWEST) return messages;
  const older = [...messages.keys()].sort((a, b) => a - b).slice(0, -MESSAGES_NEWEST);
  const waiting = older.filter((id) => messages.get(id).state !== "done");
  const kept = new Set(waiting.slice(-MESSAGES_WAITING_MAX));
  const next = new Map(messages);
  for (const id of older) if (!kept.has(id)) next.delete(id);
  return next;
}

function merged(lines, changed, merge) {
  if (!changed?.length) return lines;
  const next = new Map(lines);
  for (const line of changed) next.set(line.id, merge(lines.get(line.id), line));
  return next;
}

/** A changed line is whole but for its cells: only those that changed are in it. */
function mergeTeam(before, line) {
  return teamLine({ ...line, cells: { ...before?.cells, ...line.cells } });
}

/** Lines may come twice, at the seam of a welcome and its first push; they count once. */
function appended(entries, more, key) {
  const last = entries.at(-1)?.[key] ?? 0;
  const fresh = (more ?? []).filter((entry) => entry[key] > last);
  return fresh.length ? [...entries, ...fresh] : entries;
}

const newest = (entries, max) => (entries.length > max ? entries.slice(-max) : entries);

function takeFeed(model, push) {
  const feed = appended(model.feed, push.events, "position");
  return feed === model.feed ? model : { ...model, feed: newest(feed, FEED_MAX) };
}

function takeLeaderboard(model, push) {
  return {
    ...model,
    leaderboard: push.leaderboard,
    isFrozen: push.is_frozen ?? false,
    publicBoard: push.is_frozen ? (push.public ?? []) : null,
  };
}

function takeAnnouncement(model, { announcement }) {
  if (model.announcements.some((one) => one.id === announcement.id)) return model;
  return { ...model, announcements: [...model.announcements, announcement] };
}

function takeLocation(model, push) {
  if (!push.id) return model;
  const before = model.locations.get(push.id) ?? { id: push.id };
  const line = locationLine({ ...before, open: push.open ?? false });
  return { ...model, locations: new Map(model.locations).set(push.id, line) };
}
