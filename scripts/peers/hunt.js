/** The rules of a hunt in memory, as one would write them on a game server: what both peers share. */

export const POINTS = 10; // Of every location, as in the plan that Cairn plays.
export const FINDER_BONUS = [20, 10, 5]; // For the first, second and third team at a location.
export const CODE = "x"; // Of every location.

export class Hunt {
  /**
   * @param {number} locations How many there are; their ids are p00000, p00001 and so on.
   * @param {{append(event: object): void} | null} journal Told of every find before it is answered.
   */
  constructor(locations, journal) {
    this.journal = journal;
    this.locations = new Map();
    for (let index = 0; index < locations; index++) {
      const id = `p${String(index).padStart(5, "0")}`;
      this.locations.set(id, { id, code: CODE, points: POINTS, finders: [] });
    }
    this.teams = new Map();
  }

  /** The team of that name; it takes part from now on. */
  team(name) {
    let team = this.teams.get(name);
    if (team === undefined) {
      team = { name, score: 0, found: new Set() };
      this.teams.set(name, team);
    }
    return team;
  }

  /** Decide a claim; the answer to it. */
  claim(team, claim) {
    const location = this.locations.get(claim.location);
    if (location === undefined) return { t: "refused", reason: "no_such_location" };
    if (team.found.has(location.id)) return { t: "refused", reason: "already_found" };
    if (claim.code !== location.code) return { t: "refused", reason: "wrong_code" };
    location.finders.push(team.name);
    team.found.add(location.id);
    const rank = location.finders.length;
    const bonus = FINDER_BONUS[rank - 1] ?? 0;
    const points = location.points + bonus;
    team.score += points;
    if (this.journal !== null) {
      this.journal.append({ at: Date.now(), team: team.name, location: location.id, rank, points });
    }
    return { t: "accepted", points, bonus, rank, score: team.score };
  }
}
