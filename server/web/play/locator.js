/**
 * Where the phone is: from its satellites, or in practice from a tap on the map.
 *
 * It watches only while somebody needs it, and reports to the game masters only with consent.
 */

import { serverNow } from "../common/clock.js";

const REPORT_EVERY_MS = 5000;
const FIX_AGE_MAX_MS = 30_000; // An older fix says where the phone was, not where it is.
const PRACTICE_ACCURACY_M = 5;

/**
 * @typedef {Object} Fix
 * @property {number} lat
 * @property {number} lon
 * @property {number} accuracy Metres.
 * @property {number} at Server time.
 * @property {boolean} isPractice
 */

export class Locator {
  /**
   * @param {import("./game.js").Game} game
   * @param {() => void} onChange
   */
  constructor(game, onChange) {
    this._game = game;
    this._onChange = onChange;
    this._users = new Set();
    this._watch = null;
    this._reportedAt = 0;
    /** @type {Fix|null} */
    this.fix = null;
    /** Why there is none: "denied", "unavailable", "unsupported". */
    this.problem = null;
    setInterval(() => this._tick(), REPORT_EVERY_MS);
  }

  get isPractice() {
    return Boolean(this._game.model?.hunt.practice);
  }

  /** "share": reported while the hunt runs; "own": for claims and the own map; else not asked. */
  get consent() {
    return this._game.memory.choices.position ?? null;
  }

  decide(consent) {
    this._game.memory.choose({ position: consent });
    this.use("report", consent === "share");
    this._onChange();
  }

  /** Somebody needs the position from now on, or no longer. */
  use(who, isNeeded) {
    if (isNeeded) this._users.add(who);
    else this._users.delete(who);
    this._update();
  }

  /** The newest fix that is fit to be used, or null. */
  get fresh() {
    const fix = this.fix;
    const isFresh = fix && (fix.isPractice || (serverNow() - fix.at) * 1000 < FIX_AGE_MAX_MS);
    return isFresh ? fix : null;
  }

  /** In practice: stand there. */
  walkTo(lat, lon) {
    this._take({ lat, lon, accuracy: PRACTICE_ACCURACY_M, at: serverNow(), isPractice: true });
    this._report();
  }

  /** Go on sharing after a reload, if that needs no question. */
  async resume() {
    if (this.consent !== "share" || !navigator.permissions) return;
    const answer = await navigator.permissions.query({ name: "geolocation" }).catch(() => null);
    if (answer?.state === "granted") this.use("report", true);
  }

  _tick() {
    this._update();
    this._report();
  }

  /** Reporting needs satellites only while the hunt runs; a phone must last the whole day. */
  _isNeeded(user) {
    return user !== "report" || this._game.model?.hunt.phase === "running";
  }

  _update() {
    const isUsed = [...this._users].some((user) => this._isNeeded(user));
    const isWanted = isUsed && this.consent !== null && !this.isPractice;
    if (isWanted && this._watch === null) this._start();
    if (!isWanted && this._watch !== null) {
      navigator.geolocation.clearWatch(this._watch);
      this._watch = null;
    }
  }

  _start() {
    if (!navigator.geolocation) {
      this.problem = "unsupported";
      this._onChange();
      return;
    }
    this._watch = navigator.geolocation.watchPosition(
      ({ coords }) =>
        this._take({
          lat: coords.latitude,
          lon: coords.longitude,
          accuracy: Math.max(0, coords.accuracy || 0),
          at: serverNow(),
          isPractice: false,
        }),
      (error) => {
        this.problem = error.code === error.PERMISSION_DENIED ? "denied" : "unavailable";
        this._onChange();
      },
      { enableHighAccuracy: true, maximumAge: 2000, timeout: 30_000 },
    );
  }

  _take(fix) {
    this.fix = fix;
    this.problem = null;
    this._report();
    this._onChange();
  }

  _report() {
    const fix = this.fresh;
    const isAllowed = this.consent === "share" || (fix?.isPractice && this.isPractice);
    const isDue = Date.now() - this._reportedAt >= REPORT_EVERY_MS;
    if (!fix || !isAllowed || !isDue || this._game.model?.hunt.phase !== "running") return;
    if (!this._game.isOnline) return;
    this._reportedAt = Date.now();
    this._game.report(fix);
  }
}
