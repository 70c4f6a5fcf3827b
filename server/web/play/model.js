/**
 * What a player's phone knows of its hunt. Pure: no page, no clock, no storage.
 *
 * A welcome makes a model; every later message makes the next one out of it. After any messages
 * it holds what a fresh welcome would.
 */

/**
 * @typedef {Object} Model
 * @property {string} session
 * @property {Object} you
 * @property {Object} hunt The wire's hunt.
 * @property {number} madeAt Server time at which `hunt` was made.
 * @property {Object} team The wire's team, its lists always there.
 * @property {string[]} closed Places that are out of play now.
 * @property {Object[]} leaderboard
 * @property {number} more Teams below the listed ones.
 * @property {boolean} isFrozen
 * @property {Object[]} announcements Oldest first.
 */

/**
 * @param {Object} welcome
 * @returns {Model}
 */
export function begin(welcome) {
  return {
    session: welcome.session,
    you: welcome.you,
    hunt: welcome.hunt,
    madeAt: welcome.now,
    team: wholeTeam(welcome.team),
    closed: [...(welcome.closed ?? [])],
    leaderboard: welcome.leaderboard ?? [],
    more: 0,
    isFrozen: welcome.is_frozen ?? false,
    announcements: [...(welcome.announcements ?? [])],
  };
}

/**
 * The model after a message of the server.
 * @param {Model} model
 * @param {Object} message A push or an answer.
 * @param {Object|null} [request] What is answered, as it was sent.
 * @param {number} [now] Server time.
 * @returns {Model}
 */
export function take(model, message, request = null, now = 0) {
  switch (message.t) {
    case "team":
      return { ...model, team: wholeTeam(message.team) };
    case "location":
      return takeLocation(model, message);
    case "leaderboard":
      return takeLeaderboard(model, message);
    case "announcement":
      return takeAnnouncement(model, message.announcement);
    case "phase":
      return { ...model, hunt: message.hunt, madeAt: message.now };
    case "accepted":
      return takeAccepted(model, message, request, now);
    case "refused":
      return takeRefused(model, message, request, now);
    default:
      return model;
  }
}

function wholeTeam(team) {
  return { ...team, players: team.players ?? [], locations: team.locations ?? [] };
}

function takeLocation(model, message) {
  if (message.location) {
    return withScore(withPlaces(model, [message.location]), message.score);
  }
  const others = model.closed.filter((id) => id !== message.id);
  return { ...model, closed: message.open ? others : [...others, message.id] };
}

function takeLeaderboard(model, message) {
  if (message.hunt !== model.hunt.id) return model;
  return {
    ...model,
    leaderboard: message.leaderboard,
    more: message.more ?? 0,
    isFrozen: message.is_frozen ?? false,
  };
}

function takeAnnouncement(model, announcement) {
  const others = model.announcements.filter((one) => one.id !== announcement.id);
  const announcements = [...others, announcement].sort((a, b) => a.id - b.id);
  return { ...model, announcements };
}

function takeAccepted(model, message, request, now) {
  const place = request && placeOf(model, request.location);
  if (!place) return withScore(model, message.score);
  if (request.t === "claim") {
    const places = [foundHere(place, message, now), ...(message.unlocked ?? [])];
    return withScore(withPlaces(model, places), message.score);
  }
  if (request.t === "hint") {
    const hints = place.hints.map((one) =>
      one.hint === request.hint ? { ...one, text: message.text ?? one.text } : one,
    );
    return withScore(withPlaces(model, [{ ...place, hints }]), message.score);
  }
  return withScore(model, message.score);
}

/** A place that this phone found: nobody else tells it. */
function foundHere(place, message, now) {
  const found = { ...place, state: "found", rank: message.rank, bonus: message.bonus };
  found.found_at = message.found_at ?? now;
  if (message.at) Object.assign(found, { at: message.at, radius_m: message.radius_m });
  delete found.locked_until;
  return found;
}

function takeRefused(model, message, request, now) {
  const place = request?.t === "claim" ? placeOf(model, request.location) : null;
  const isLockedOut = ["wrong_code", "wrong_answer", "locked_out"].includes(message.reason);
  let next = model;
  if (place && isLockedOut && message.retry_after > 0) {
    next = withPlaces(model, [{ ...place, locked_until: now + message.retry_after }]);
  }
  return withScore(next, message.score);
}

function withScore(model, score) {
  if (score === undefined || score === null || score === model.team.score) return model;
  return { ...model, team: { ...model.team, score } };
}

function withPlaces(model, places) {
  const locations = [...model.team.locations];
  for (const place of places) {
    const index = locations.findIndex((one) => one.id === place.id);
    if (index < 0) locations.push(place);
    else locations[index] = place;
  }
  return { ...model, team: { ...model.team, locations } };
}

// What is asked of a model -------------------------------------------------------------------

/** The place with this id, if the team may see it. */
export function placeOf(model, id) {
  return model.team.locations.find((one) => one.id === id) ?? null;
}

/**
 * How a place stands for the team.
 * @returns {"open"|"later"|"closed"|"found"|"void"} `later`: the route leads elsewhere first.
 */
export function stateOf(model, place) {
  if (place.state !== "open") return place.state;
  if (model.closed.includes(place.id)) return "closed";
  const isSteered = (model.hunt.route ?? "free") !== "free";
  return isSteered && model.team.target !== place.id ? "later" : "open";
}

/** Places in the order in which a team cares: where it is steered to, open ones, then the rest. */
export function inOrder(model) {
  const weight = (place) => {
    if (place.id === model.team.target && place.state === "open") return 0;
    return { open: 1, later: 2, closed: 3, void: 4, found: 5 }[stateOf(model, place)];
  };
  return [...model.team.locations].sort((a, b) => weight(a) - weight(b));
}

/** The team's row on the leaderboard, or null. */
export function ownRow(model) {
  return model.leaderboard.find((row) => row.team === model.team.id) ?? null;
}

/** How many places the team has found, of those it may see. */
export function foundCount(model) {
  return model.team.locations.filter((place) => place.state === "found").length;
}
