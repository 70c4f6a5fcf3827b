/**
 * The console's line to the server: one session for all hunts, its numbered commands, and the
 * model of the hunt in view. One tab of a device writes; a second one may look on.
 */

import { Connection } from "../common/connection.js";
import { Requester } from "../common/requester.js";
import { load, save } from "../common/store.js";
import { chooseHunt, chosenHunt, storageName } from "./credentials.js";
import { begin, take } from "./model.js";
import { holdTab } from "./tab.js";

const RECENT_MAX = 30; // Commands of this tab that the list of own commands remembers.

/** What is stored of an answer: join codes and tokens that it may hold are for the screen only. */
const withoutSecrets = ({ t, n, reason, message }) => ({ t, n, reason, message });

export class Link {
  /**
   * @param {{token: string, name: string}} credentials
   * @param {{onModel: (message: Object) => void, onChange: () => void,
   *   onRefused: (action: Object) => void, onEnd: (end: Object) => void}} on
   */
  constructor(credentials, on) {
    this._credentials = credentials;
    this._on = on;
    this._key = storageName(credentials.token);
    this._waiting = new Map();
    this.model = null;
    this.isWriting = false;
    this.state = "connecting";
    this.retryAt = null;
    /** @type {Object[]} Own commands, oldest first. */
    this.recent = [];
    this._connection = new Connection(() => this._opening(), {
      onWelcome: (welcome) => this._onWelcome(welcome),
      onMessage: (message) => this._onMessage(message),
      onState: (...state) => this._onState(...state),
      onEnd: (end) => this._onEnd(end),
      onDrop: () => this._requester?.onDisconnected(),
    });
  }

  start() {
    this._take = holdTab(`${this._key}/alone`, {
      onHeld: () => this._becomeWriter(),
      onLost: () => this._lookOn(),
    });
  }

  stop() {
    this._isStopped = true;
    this._connection.stop();
  }

  /** Leave no plan on the device: it holds every code and answer, and who seeds has it in a file. */
  forgetPlans() {
    if (!this.isWriting) return;
    const { queue } = this._requester;
    for (const [n, { message }] of queue.actions) if (message.t === "seed") queue.actions.delete(n);
    this._keep(queue.toKept());
  }

  /** Make this tab the one that writes. */
  takeOver() {
    this._take();
  }

  /** Look at another hunt, or at this one afresh. */
  look(hunt) {
    chooseHunt(hunt);
    this._connection.stop();
    this._requester?.onDisconnected();
    this._connection.start();
  }

  /**
   * Give a command; it is kept and sent until the server has dealt with it.
   * @returns {Promise<Object>} Its answer, `accepted` or `refused`.
   */
  submit(request) {
    if (!this.isWriting)
      return Promise.resolve({ t: "refused", reason: "looking_on", message: "" });
    const action = this._requester.submit(request);
    this._remember(action);
    return new Promise((resolve) => this._waiting.set(action.n, resolve));
  }

  _becomeWriter() {
    const kept = load(this._key) ?? {};
    this._session = kept.session ?? "";
    this._requester = new Requester(
      kept.queue ?? null,
      (queue) => this._keep(queue),
      (message) => this._connection.send(message),
      {
        onChange: () => this._on.onChange(),
        onAnswer: (action) => this._onAnswer(action),
        onSaved: () => this._on.onChange(),
      },
    );
    this.recent = [...this._requester.queue.actions.values()];
    this.isWriting = true;
    this._restart();
  }

  _lookOn() {
    this.isWriting = false;
    this._requester = null;
    this._session = sessionStorage.getItem(`${this._key}/looking`) ?? "";
    this._restart();
  }

  _restart() {
    this._connection.stop();
    if (!this._isStopped) this._connection.start();
  }

  _opening() {
    const { token, name } = this._credentials;
    const hunt = chosenHunt();
    return {
      t: "gm",
      token,
      ...(name && { name }),
      ...(hunt && { hunt }),
      ...(this._session && { session: this._session }),
    };
  }

  _keep(queue) {
    const actions = queue.actions.map((action) =>
      action.answer ? { ...action, answer: withoutSecrets(action.answer) } : action,
    );
    save(this._key, { session: this._session, queue: { ...queue, actions } });
  }

  _remember(action) {
    this.recent = [...this.recent.slice(1 - RECENT_MAX), action];
    this._on.onChange();
  }

  _onWelcome(welcome) {
    this._session = welcome.session;
    if (welcome.hunt) chooseHunt(welcome.hunt.id);
    this.model = begin(welcome);
    if (this.isWriting) this._requester.onWelcome(welcome.applied);
    else sessionStorage.setItem(`${this._key}/looking`, welcome.session);
    this._on.onModel(welcome);
  }

  _onMessage(message) {
    this._requester?.onMessage(message);
    if (isSeededAnew(message)) {
      this.look(this.model.hunt?.id);
      return;
    }
    const model = take(this.model, message);
    if (model === this.model) return;
    this.model = model;
    this._on.onModel(message);
  }

  _onAnswer(action) {
    this._waiting.get(action.n)?.(action.answer);
    this._waiting.delete(action.n);
    if (action.state === "refused") this._on.onRefused(action);
  }

  _onState(state, retryAt, problem) {
    this.state = state;
    this.retryAt = retryAt;
    this.problem = problem;
    this._on.onChange();
  }

  _onEnd(end) {
    if (end.name === "unknown_hunt" && chosenHunt()) {
      chooseHunt(null);
      this._connection.start();
      return;
    }
    this._on.onEnd(end);
  }
}

/** The hunt in view was set up anew: a fresh welcome is the shortest way to all of it. */
const isSeededAnew = (message) => message.t === "progress" && message.whole;
