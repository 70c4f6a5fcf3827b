/**
 * A client's half of exactly-once, without I/O: which numbered requests to send, and when.
 *
 * Each request is kept until it is saved. After a welcome everything above `applied` is sent
 * again, in order. `busy` means: wait, then go back to that number and send it and everything
 * after it again. The rules are in docs/protocol.md, "Exactly once".
 */

const UNANSWERED_MAX = 32; // On their way at once: the server takes 128 of one connection.
const RETRY_AFTER_DEFAULT_S = 0.5;

/**
 * @typedef {Object} Action
 * @property {number} n
 * @property {Object} message The request as it is sent, with `n`.
 * @property {"queued"|"sent"|"accepted"|"refused"|"saved"} state
 * @property {Object} [answer] `accepted` or `refused`, as it came.
 * @property {boolean} isAnswered On this connection, or known to be dealt with before it.
 */

export class ActionQueue {
  /** @param {{last?: number, saved?: number, actions?: Action[]}} [kept] What `toKept` gave. */
  constructor(kept = {}) {
    this.last = kept.last ?? 0;
    this.saved = kept.saved ?? 0;
    /** @type {Map<number, Action>} */
    this.actions = new Map((kept.actions ?? []).map((one) => [one.n, { ...one }]));
    for (const action of this.actions.values()) this.last = Math.max(this.last, action.n);
    this._cursor = 1;
    this._holdUntil = null;
    this._busyFrom = null;
    this._isConnected = false;
  }

  /** What must survive a reload. */
  toKept() {
    return { last: this.last, saved: this.saved, actions: [...this.actions.values()] };
  }

  /**
   * Number a request and keep it; returns the action.
   * @param {Object} request
   * @param {Object} [more] What else the page wants to know of it later.
   */
  add(request, more = {}) {
    this.last += 1;
    const action = {
      ...more,
      n: this.last,
      message: { ...request, n: this.last },
      state: "queued",
      isAnswered: false,
    };
    this.actions.set(action.n, action);
    return action;
  }

  /** When to call `take` again although nothing came in, in the clock of `take`; or null. */
  get wakeAt() {
    return this._holdUntil;
  }

  /** The messages to send now (seconds of a clock that never goes back); they count as sent. */
  take(now) {
    if (!this._isConnected) return [];
    if (this._holdUntil !== null) {
      if (now < this._holdUntil) return [];
      this._holdUntil = null;
    }
    let unanswered = 0;
    for (const one of this.actions.values()) {
      if (one.n < this._cursor && !one.isAnswered) unanswered += 1;
    }
    const taken = [];
    while (this._cursor <= this.last && unanswered < UNANSWERED_MAX) {
      const action = this.actions.get(this._cursor);
      this._cursor += 1;
      if (action && !action.isAnswered) {
        action.state = "sent";
        taken.push(action.message);
        unanswered += 1;
      }
    }
    return taken;
  }

  /**
   * A connection is open; everything up to `applied` was dealt with.
   * @returns {Action[]} Those whose own answer was lost with an earlier connection.
   */
  onWelcome(applied) {
    const lost = [];
    for (const action of this.actions.values()) {
      const isDealtWith = action.n <= applied;
      if (isDealtWith && !action.answer) {
        action.answer = { t: "refused", n: action.n, reason: "already_applied" };
        action.state = "accepted";
        lost.push(action);
      } else if (!isDealtWith) {
        // A server that lost what it had not saved decides it anew.
        action.state = "queued";
        delete action.answer;
      }
      action.isAnswered = isDealtWith;
    }
    this.last = Math.max(this.last, applied);
    this._cursor = applied + 1;
    this._holdUntil = this._busyFrom = null;
    this._isConnected = true;
    return lost;
  }

  onDisconnected() {
    this._isConnected = false;
    for (const one of this.actions.values()) if (one.state === "sent") one.state = "queued";
  }

  /**
   * Take in any message that came at `now`.
   * @returns {{answered: Action|null, saved: Action[]}} The action that got its first answer on
   *   this connection, and those that are final now and have left the queue.
   */
  onMessage(message, now) {
    const isAnswer = message.t === "accepted" || message.t === "refused";
    const answered = isAnswer ? this._onAnswer(message, now) : null;
    const saved = message.t === "saved" ? message.n : message.saved;
    return { answered, saved: Number.isInteger(saved) ? this._onSaved(saved) : [] };
  }

  _onAnswer(message, now) {
    const action = this.actions.get(message.n);
    if (!action || action.isAnswered) return null;
    if (message.reason === "busy") {
      this._onBusy(message, now);
      return null;
    }
    action.isAnswered = true;
    action.answer = message;
    const isDone = message.t === "accepted" || message.reason === "already_applied";
    action.state = isDone ? "accepted" : "refused";
    if (message.n === this._busyFrom) this._holdUntil = this._busyFrom = null;
    return action;
  }

  _onBusy(message, now) {
    if (this._busyFrom !== null && message.n > this._busyFrom) return;
    const wait = message.retry_after >= 0 ? message.retry_after : RETRY_AFTER_DEFAULT_S;
    for (const one of this.actions.values()) {
      if (one.n >= message.n && one.state === "sent") one.state = "queued";
    }
    this._busyFrom = this._cursor = message.n;
    this._holdUntil = now + wait;
  }

  _onSaved(n) {
    if (n <= this.saved) return [];
    this.saved = n;
    const gone = [...this.actions.values()].filter((one) => one.n <= n);
    for (const one of gone) {
      this.actions.delete(one.n);
      if (one.state !== "refused") one.state = "saved";
    }
    return gone;
  }
}
