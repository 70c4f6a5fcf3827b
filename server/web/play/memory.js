/** What the phone keeps over a reload: who it is, what it asked for, what it knew last. */

import { forget, load, save } from "../common/store.js";

const PLAYER_KEY = "cairn/play"; // Session and queue together: numbers belong to their session.
const VIEW_KEY = "cairn/play/view";
const CHOICES_KEY = "cairn/play/choices";
const LINK_KEY = "cairn/play/link"; // Of its own: a tab that does not play may write it.
const HISTORY_MAX = 60; // Actions that are done with and still listed.

export class Memory {
  constructor() {
    this.isSafe = true;
    this.read();
  }

  /** Take in what is stored now: another tab may have written it. */
  read() {
    this.player = load(PLAYER_KEY) ?? {};
    this.choices = load(CHOICES_KEY) ?? {};
  }

  /**
   * Keep something of the player: `session`, `code`, `name`, `queue`, `seen`.
   * @returns {boolean} False when the phone refuses to store it.
   */
  keep(part) {
    this.player = { ...this.player, ...part };
    this.isSafe = save(PLAYER_KEY, this.player);
    if (!this.isSafe) {
      forget(VIEW_KEY); // The last view can be had again, an action cannot.
      this.isSafe = save(PLAYER_KEY, this.player);
    }
    return this.isSafe;
  }

  /** Keep actions that are done with, newest last. */
  keepDone(actions) {
    const history = [...(this.player.history ?? []), ...actions.map(forHistory)];
    this.keep({ history: history.slice(-HISTORY_MAX) });
  }

  /** Forget the session and all that belongs to it; what helps to join again stays. */
  dropSession() {
    const { code, name } = this.player;
    this.player = {};
    this.keep({ code, name });
    forget(VIEW_KEY);
  }

  /** A choice that outlives a hunt: `position`, `wake`. */
  choose(part) {
    this.choices = { ...this.choices, ...part };
    save(CHOICES_KEY, this.choices);
  }

  /** The claim of a deep link that waits for a session, or null. */
  get link() {
    return load(LINK_KEY);
  }

  set link(link) {
    if (link) save(LINK_KEY, link);
    else forget(LINK_KEY);
  }

  keepView(view) {
    if (this.player.session) save(VIEW_KEY, view);
  }

  /** What was known last in this session, or null. */
  lastView() {
    const view = load(VIEW_KEY);
    return view && view.model?.session === this.player.session ? view : null;
  }
}

function forHistory(action) {
  const answer = action.answer && { ...action.answer };
  if (answer?.unlocked) {
    answer.opened = answer.unlocked.length;
    delete answer.unlocked;
  }
  return { ...action, answer };
}
