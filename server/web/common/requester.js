/** Ties a queue to a connection and a store: submit a request, and it will be carried out once. */

import { ActionQueue } from "./queue.js";

const monotonic = () => performance.now() / 1000;

export class Requester {
  /**
   * @param {Object|null} kept What `keep` was given last.
   * @param {(kept: Object) => void} keep Stores it before anything is sent.
   * @param {(message: Object) => boolean} send
   * @param {{onChange: () => void, onAnswer?: (action: Object) => void,
   *   onSaved?: (actions: Object[]) => void}} on
   */
  constructor(kept, keep, send, on) {
    this.queue = new ActionQueue(kept ?? {});
    this._keep = keep;
    this._send = send;
    this._on = on;
    this._timer = 0;
  }

  /** Number, store and send a request; returns its action. `more` is kept with it. */
  submit(request, more) {
    const action = this.queue.add(request, more);
    this._changed();
    this._flush();
    return action;
  }

  onWelcome(applied) {
    for (const action of this.queue.onWelcome(applied)) this._on.onAnswer?.(action);
    this._changed();
    this._flush();
  }

  onDisconnected() {
    clearTimeout(this._timer);
    this.queue.onDisconnected();
    this._changed();
  }

  /** Take in a message; answers and `saved` are told to the listeners. */
  onMessage(message) {
    const { answered, saved } = this.queue.onMessage(message, monotonic());
    if (answered) this._on.onAnswer?.(answered);
    if (saved.length) this._on.onSaved?.(saved);
    if (answered || saved.length || message.reason === "busy") this._changed();
    this._flush();
  }

  _flush() {
    clearTimeout(this._timer);
    const taken = this.queue.take(monotonic());
    for (const message of taken) this._send(message);
    if (taken.length) this._on.onChange();
    const wakeAt = this.queue.wakeAt;
    if (wakeAt !== null) {
      this._timer = setTimeout(() => this._flush(), Math.max(0, wakeAt - monotonic()) * 1000);
    }
  }

  _changed() {
    this._keep(this.queue.toKept());
    this._on.onChange();
  }
}
