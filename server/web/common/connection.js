/**
 * The websocket: opens it, says who we are, notices when it is dead, and opens it again after
 * pauses that grow and differ from phone to phone.
 */

import { setServerTime } from "./clock.js";

const PAUSE_FIRST_S = 0.5;
const PAUSE_MAX_S = 20;
const PING_AFTER_S = 15; // Silence after which we ask whether the server is still there.
const DEAD_AFTER_S = 8; // Silence after that question: the connection is dead.
const OPEN_WITHIN_S = 12;
const STEADY_AFTER_S = 10; // What ends sooner counts as one more failure.

/**
 * @typedef {Object} Listeners
 * @property {(welcome: Object) => void} onWelcome
 * @property {(message: Object) => void} onMessage Everything else.
 * @property {(state: "connecting"|"online"|"offline", retryAtMs: number|null,
 *   problem: {code: number, message: string}|null) => void} onState `problem`: the server said
 *   why it closed, and the same may work later.
 * @property {(end: {code: number, name: string, message: string}) => void} onEnd The server sent
 *   us away for good (close codes 4500 and up): connecting again makes no sense as it is.
 * @property {() => void} [onDrop] The connection is lost; it will be opened again.
 */

export class Connection {
  /**
   * @param {() => Object} opening Makes the first message.
   * @param {Listeners} on
   */
  constructor(opening, on) {
    this._opening = opening;
    this._on = on;
    this._socket = null;
    this._failures = 0;
    this._timers = {};
    this._error = null;
    this._isWanted = false;
    this.isOnline = false;
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this._isWanted && this._drop());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this._wake();
    });
  }

  start() {
    this._isWanted = true;
    this._failures = 0;
    this._open();
  }

  /** Close, and stay closed. */
  stop() {
    this._isWanted = false;
    if (this.isOnline) this._on.onDrop?.();
    this._forget();
    this._on.onState("offline", null, null);
  }

  /** Send a message; false when there is no connection. */
  send(message) {
    if (!this.isOnline || this._socket.readyState !== WebSocket.OPEN) return false;
    this._socket.send(JSON.stringify(message));
    return true;
  }

  _open() {
    this._forget();
    this._error = null;
    this._on.onState("connecting", null, null);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws`, ["cairn.v1.json"]);
    this._socket = socket;
    socket.onopen = () => socket.send(JSON.stringify(this._opening()));
    socket.onmessage = (event) => this._onMessage(JSON.parse(event.data));
    socket.onclose = (event) => this._onClose(event);
    this._timer("open", OPEN_WITHIN_S, () => this._drop());
  }

  _onMessage(message) {
    this._listenOn();
    if ("now" in message) setServerTime(message.now);
    switch (message.t) {
      case "welcome":
        clearTimeout(this._timers.open);
        this._timer("steady", STEADY_AFTER_S, () => (this._failures = 0));
        this.isOnline = true;
        this._on.onState("online", null, null);
        this._on.onWelcome(message);
        break;
      case "error":
        this._error = message;
        break;
      case "pong":
        break;
      default:
        this._on.onMessage(message);
    }
  }

  /** Something came, so the server lives; after some silence we ask. */
  _listenOn() {
    clearTimeout(this._timers.dead);
    this._timer("ping", PING_AFTER_S, () => this._ping());
  }

  _ping() {
    if (!this.isOnline) return;
    this.send({ t: "ping" });
    this._timer("dead", DEAD_AFTER_S, () => this._drop());
  }

  /** The page is looked at again: while it slept, timers stood still and sockets died. */
  _wake() {
    if (!this._isWanted) return;
    if (this.isOnline) this._ping();
    else this.retryNow();
  }

  /** Do not wait for the next try any longer. */
  retryNow() {
    if (this._isWanted && !this.isOnline && this._timers.retry) {
      this._failures = 0;
      this._open();
    }
  }

  /** Connect anew for a fresh snapshot. */
  renew() {
    if (!this._isWanted || !this.isOnline) return;
    this._on.onDrop?.();
    this._open();
  }

  _onClose(event) {
    const error = this._error;
    if (event.code >= 4500) {
      this._isWanted = false;
      this._forget();
      this._on.onState("offline", null, null);
      this._on.onEnd({ code: event.code, name: error?.code ?? "", message: error?.message ?? "" });
      return;
    }
    this._drop(event.code, error);
  }

  _drop(code = 0, error = null) {
    const wasOnline = this.isOnline;
    this._forget();
    if (wasOnline) this._on.onDrop?.();
    if (!this._isWanted) return;
    if (code === 4010) {
      // The hunt was set up anew: sessions are gone, and so is what was kept for them.
      this._isWanted = false;
      this._on.onState("offline", null, null);
      this._on.onEnd({ code, name: "hunt_replaced", message: error?.message ?? "" });
      return;
    }
    const longest = Math.min(PAUSE_MAX_S, PAUSE_FIRST_S * 2 ** this._failures);
    this._failures += 1;
    const pauseS = longest / 2 + (Math.random() * longest) / 2;
    const problem = error && { code, message: error.message };
    this._on.onState("offline", Date.now() + pauseS * 1000, problem);
    this._timer("retry", pauseS, () => this._open());
  }

  _forget() {
    for (const timer of Object.values(this._timers)) clearTimeout(timer);
    this._timers = {};
    this.isOnline = false;
    if (!this._socket) return;
    const socket = this._socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this._socket = null;
  }

  _timer(name, seconds, act) {
    clearTimeout(this._timers[name]);
    this._timers[name] = setTimeout(act, seconds * 1000);
  }
}
