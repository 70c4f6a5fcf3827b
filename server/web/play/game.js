/** One player's game on this phone: model, queue and connection, and who hears of them. */

import { clockOffset, serverNow, setServerTime } from "../common/clock.js";
import { Connection } from "../common/connection.js";
import { Requester } from "../common/requester.js";
import { begin, take } from "./model.js";

const SESSION_IS_GONE = [4010, 4502, 4507]; // Of a session; while joining, 4507 is about the join.
const VIEW_KEPT_EVERY_MS = 2000;
const STALE_REASONS = ["internal", "not_found"]; // What we show is not what the server has.

/** Server time as a claim carries it: to the millisecond. */
const captured = (at) => Math.round(at * 1000) / 1000;

export class Game {
  /** @param {import("./memory.js").Memory} memory */
  constructor(memory) {
    this.memory = memory;
    /** @type {import("./model.js").Model|null} */
    this.model = null;
    this.net = { state: "offline", retryAt: null, problem: null };
    /** Why the server sent us away for good, until people react. */
    this.end = null;
    /** A name and a code on their way to becoming a session. */
    this.joining = null;
    /** Whether this tab plays; else another one does, and nothing may be written from here. */
    this.isOpen = false;
    this._listeners = {};
    this._viewTimer = 0;
    this.connection = new Connection(() => this._opening(), {
      onWelcome: (welcome) => this._onWelcome(welcome),
      onMessage: (message) => this._onMessage(message),
      onState: (state, retryAt, problem) => this._set("net", { state, retryAt, problem }),
      onEnd: (end) => this._onEnd(end),
      onDrop: () => this.requester.onDisconnected(),
    });
    this._readQueue();
  }

  /** Hear of `change`, `answer` (action), `saved` (actions), `push` (message, model before). */
  on(event, listener) {
    (this._listeners[event] ??= []).push(listener);
  }

  get hasSession() {
    return Boolean(this.memory.player.session);
  }

  get isOnline() {
    return this.net.state === "online";
  }

  /** Every action that is known, oldest first: those done with, then those in the queue. */
  get actions() {
    return [...(this.memory.player.history ?? []), ...this.requester.queue.actions.values()];
  }

  /** Actions that the server has not answered. */
  get waiting() {
    const isWaiting = (one) => one.state === "queued" || one.state === "sent";
    return [...this.requester.queue.actions.values()].filter(isWaiting);
  }

  // Coming and going -------------------------------------------------------------------------

  /** Go on with the session that is stored, if there is one. */
  open() {
    this.isOpen = true;
    this.memory.read();
    this._readQueue();
    const view = this.memory.lastView();
    if (view) {
      setServerTime(Date.now() / 1000 + view.offset);
      this.model = view.model;
    }
    if (this.hasSession) this.connection.start();
    this._tell("change");
  }

  /** Stop, as another tab goes on: nothing is written from here any more. */
  shut() {
    this.isOpen = false;
    clearTimeout(this._viewTimer);
    this._viewTimer = 0;
    this.connection.stop();
  }

  join(code, name) {
    this.end = null;
    this.joining = { code, name };
    this.memory.keep({ code, name });
    this.connection.start();
    this._tell("change");
  }

  cancelJoin() {
    this.joining = null;
    this.connection.stop();
    this._tell("change");
  }

  /** Go on after an end that people can undo: the session was taken over, the hunt was away. */
  comeBack() {
    this.end = null;
    this.connection.start();
    this._tell("change");
  }

  /** Forget the team on this phone. */
  leave() {
    this.connection.stop();
    this._dropSession();
    this._tell("change");
  }

  _dropSession() {
    this.memory.dropSession();
    this.model = null;
    this._readQueue();
  }

  _readQueue() {
    this.requester = new Requester(
      this.memory.player.queue ?? null,
      (queue) => this.isOpen && this.memory.keep({ queue }),
      (message) => this.connection.send(message),
      {
        onChange: () => this._tell("change"),
        onAnswer: (action) => this._onAnswer(action),
        onSaved: (actions) => this._onSaved(actions),
      },
    );
  }

  // Asking -----------------------------------------------------------------------------------

  /** Do something that is to happen exactly once. */
  submit(request) {
    return this.requester.submit(request, { madeAt: serverNow() });
  }

  /** Claim a place with `code`, `answer`, `position`: as many as it asks for. */
  claim(location, proof) {
    const request = { t: "claim", location, ...proof };
    if (!this.isOnline) request.at = captured(serverNow());
    return this.submit(request);
  }

  /** Say that an announcement was read; it is not shown as new again on this phone. */
  markSeen(id) {
    const seen = this.memory.player.seen ?? [];
    if (seen.includes(id)) return;
    this.memory.keep({ seen: [...seen, id] });
    this.submit({ t: "seen", announcement: id });
  }

  /** Announcements that nobody has confirmed on this phone, oldest first. */
  get unread() {
    const seen = this.memory.player.seen ?? [];
    return (this.model?.announcements ?? []).filter((one) => !seen.includes(one.id));
  }

  /** Tell where the phone is; lost when there is no connection. */
  report({ lat, lon, accuracy }) {
    this.connection.send({ t: "position", lat, lon, accuracy });
  }

  // Hearing ----------------------------------------------------------------------------------

  _opening() {
    const { session } = this.memory.player;
    return session ? { t: "join", session } : { t: "join", ...this.joining };
  }

  _onWelcome(welcome) {
    this.end = this.joining = null;
    const before = this.model;
    this.memory.keep({ session: welcome.session });
    this.model = begin(welcome);
    this._timeLateClaims(welcome.applied);
    this.requester.onWelcome(welcome.applied);
    this._keepViewSoon();
    this._tell("push", welcome, before);
    this._tell("change");
  }

  /** A claim that a dead connection swallowed goes out with the time at which it was made. */
  _timeLateClaims(applied) {
    for (const { n, message, madeAt } of this.requester.queue.actions.values()) {
      if (n > applied && message.t === "claim") message.at ??= captured(madeAt);
    }
  }

  _onMessage(message) {
    if (["accepted", "refused", "saved"].includes(message.t)) {
      this.requester.onMessage(message);
    } else {
      const before = this.model;
      this.model = take(before, message, null, serverNow());
      this._tell("push", message, before);
    }
    this._keepViewSoon();
    this._tell("change");
  }

  _onAnswer(action) {
    this.model = take(this.model, action.answer, action.message, serverNow());
    this._tell("answer", action);
    // Not from inside the queue, which is still at work on this answer.
    if (STALE_REASONS.includes(action.answer.reason)) setTimeout(() => this.connection.renew());
  }

  _onSaved(actions) {
    this.memory.keepDone(actions);
    this._tell("saved", actions);
  }

  _onEnd(end) {
    const isJoin = !this.hasSession;
    this.requester.onDisconnected();
    this.end = { ...end, isJoin, undelivered: [] };
    this.joining = null;
    if (!isJoin && SESSION_IS_GONE.includes(end.code)) {
      this.end.undelivered = this.waiting;
      this._dropSession();
    }
    this._tell("change");
  }

  _keepViewSoon() {
    if (this._viewTimer) return;
    this._viewTimer = setTimeout(() => this.keepView(), VIEW_KEPT_EVERY_MS);
  }

  /** Store what is known now, to be shown after a reload without network. */
  keepView() {
    clearTimeout(this._viewTimer);
    this._viewTimer = 0;
    if (this.model && this.isOpen)
      this.memory.keepView({ model: this.model, offset: clockOffset() });
  }

  _set(key, value) {
    this[key] = value;
    this._tell("change");
  }

  _tell(event, ...details) {
    for (const listener of this._listeners[event] ?? []) listener(...details);
  }
}
