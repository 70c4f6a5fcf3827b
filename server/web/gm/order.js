/** In which order teams are listed. Pure. */

/**
 * @param {import("./model.js").Model} model
 * @param {Object} times
 * @param {"rank"|"stuck"|"name"} sort
 * @returns {string[]} Ids.
 */
export function rowOrder(model, times, sort) {
  const lines = [...model.teams.values()];
  const rank = new Map(model.leaderboard.map((row, index) => [row.team, index]));
  const place = (line) => rank.get(line.id) ?? Infinity;
  const byRank = (a, b) => compare(place(a), place(b)) || a.name.localeCompare(b.name);
  const stuck = (line) => times.stuck(line).minutes ?? -1;
  const orders = {
    rank: byRank,
    name: (a, b) => a.name.localeCompare(b.name),
    stuck: (a, b) => stuck(b) - stuck(a) || byRank(a, b),
  };
  return lines.sort(orders[sort] ?? byRank).map((line) => line.id);
}

const compare = (a, b) => (a === b ? 0 : a < b ? -1 : 1);
