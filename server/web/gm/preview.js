/**
 * What a correction would do, before it is done: whose rank at the place and whose bonus changes,
 * and where everybody stands afterwards. Pure, from the board and the hunt's finder's bonus. The
 * server decides when it is done; finds that come meanwhile are not in here.
 */

/**
 * @typedef {Object} Effect
 * @property {string} team
 * @property {number} delta Points.
 * @property {[number|null, number|null]} rank Among the finders of the place, before and after.
 * @property {[number|null, number|null]} standing On the leaderboard, before and after.
 */

/** The finders of a place whose finds count, first one first. */
export function finders(model, place) {
  const found = [];
  for (const line of model.teams.values()) {
    const cell = line.cells[place];
    if (cell?.state === "found") found.push({ team: line.id, ...cell });
  }
  return found.sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0) || (a.at ?? 0) - (b.at ?? 0));
}

const bonusFor = (hunt, rank) => hunt.finder_bonus?.[rank - 1] ?? 0;

/** @returns {Effect[]} */
export function previewVoid(model, team, place) {
  const before = finders(model, place);
  const gone = before.find((one) => one.team === team);
  if (!gone) return [];
  const deltas = new Map([[team, -(model.places.get(place)?.points ?? 0) - (gone.bonus ?? 0)]]);
  const ranks = new Map([[team, [gone.rank ?? null, null]]]);
  rerank(
    model,
    before.filter((one) => one !== gone),
    deltas,
    ranks,
  );
  return effects(model, deltas, ranks);
}

/** @returns {Effect[]} */
export function previewRestore(model, team, place) {
  const cell = model.teams.get(team)?.cells[place];
  if (cell?.state !== "void") return [];
  const others = finders(model, place);
  const earlier = others.filter((one) => (one.at ?? 0) <= (cell.at ?? 0));
  const rank = earlier.length + 1;
  const won = (model.places.get(place)?.points ?? 0) + bonusFor(model.hunt, rank);
  const deltas = new Map([[team, won]]);
  const ranks = new Map([[team, [null, rank]]]);
  const after = [...earlier, { team, rank, bonus: bonusFor(model.hunt, rank) }];
  rerank(model, [...after, ...others.slice(earlier.length)], deltas, ranks);
  return effects(model, deltas, ranks);
}

function rerank(model, order, deltas, ranks) {
  order.forEach((one, index) => {
    const rank = index + 1;
    if (one.rank === rank || ranks.has(one.team)) return;
    deltas.set(one.team, bonusFor(model.hunt, rank) - (one.bonus ?? 0));
    ranks.set(one.team, [one.rank ?? null, rank]);
  });
}

/** @returns {Effect[]} */
export function previewAdjust(model, team, points) {
  return effects(model, new Map([[team, points]]), new Map());
}

/** @returns {Effect[]} */
export function previewDisqualify(model, team) {
  return effects(model, new Map([[team, 0]]), new Map(), { without: team });
}

/** @returns {Effect[]} */
export function previewReinstate(model, team) {
  return effects(model, new Map([[team, 0]]), new Map(), { with: team });
}

/** Everybody who is concerned, whoever moves most first; then who only moves on the board. */
function effects(model, deltas, ranks, change = {}) {
  const before = standings(model.leaderboard);
  const after = standings(nextBoard(model, deltas, change));
  const concerned = [];
  for (const line of model.teams.values()) {
    const standing = [before.get(line.id) ?? null, after.get(line.id) ?? null];
    const isNamed = deltas.has(line.id) || ranks.has(line.id);
    if (!isNamed && standing[0] === standing[1]) continue;
    concerned.push({
      team: line.id,
      delta: deltas.get(line.id) ?? 0,
      rank: ranks.get(line.id) ?? [null, null],
      standing,
      isNamed,
    });
  }
  const order = [...deltas.keys()];
  const weight = (one) => (one.isNamed ? order.indexOf(one.team) - 1e6 : (one.standing[1] ?? 1e6));
  return concerned.sort((a, b) => weight(a) - weight(b));
}

function nextBoard(model, deltas, change) {
  const rows = model.leaderboard.filter((row) => row.team !== change.without);
  const line = model.teams.get(change.with);
  if (line) rows.push({ team: line.id, name: line.name, score: line.score });
  const moved = rows.map((row) => ({ ...row, score: row.score + (deltas.get(row.team) ?? 0) }));
  const isLate = (row) => (deltas.get(row.team) ?? 0) > 0 || row.team === change.with;
  // Of equal scores the one that was reached first is better: who gets there now comes last.
  return moved.sort((a, b) => b.score - a.score || isLate(a) - isLate(b));
}

const standings = (rows) => new Map(rows.map((row, index) => [row.team, index + 1]));
