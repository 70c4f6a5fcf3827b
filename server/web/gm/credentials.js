/**
 * Who sits at this console, and what proves it. The token stays in this tab (sessionStorage), or
 * on the device when somebody ticks that; it is never part of an address that is sent anywhere.
 */

import { forget, load, save } from "../common/store.js";

const TOKEN_KEY = "cairn/gm/token";
const NAME_KEY = "cairn/gm/name";
const HUNT_KEY = "cairn/gm/hunt";

/** The token of an invitation link, read once: it leaves the address bar and the history. */
export function takeInvitation() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token");
  if (token === null) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return token.trim() || null;
}

/** @returns {{token: string, name: string, isKept: boolean}} */
export function remembered() {
  const kept = load(TOKEN_KEY);
  return {
    token: sessionStorage.getItem(TOKEN_KEY) ?? kept ?? "",
    name: load(NAME_KEY) ?? "",
    isKept: kept !== null,
  };
}

/** Who sits here is remembered before the token has proved right; nobody types it twice. */
export const rememberName = (name) => save(NAME_KEY, name);

export function remember({ token, isKept }) {
  sessionStorage.setItem(TOKEN_KEY, token);
  if (isKept) save(TOKEN_KEY, token);
  else forget(TOKEN_KEY);
}

export function forgetToken() {
  sessionStorage.removeItem(TOKEN_KEY);
  sessionStorage.removeItem(HUNT_KEY);
  forget(TOKEN_KEY);
}

/** The hunt that this tab looks at. */
export const chosenHunt = () => sessionStorage.getItem(HUNT_KEY);

export function chooseHunt(hunt) {
  if (hunt) sessionStorage.setItem(HUNT_KEY, hunt);
  else sessionStorage.removeItem(HUNT_KEY);
}

/**
 * A name for what is stored of a token: tells tokens apart without holding them. FNV-1a, 53 bits
 * of it; two tokens of one device that fell together would only share a request counter.
 */
export function storageName(token) {
  let [high, low] = [0xcbf29ce4, 0x84222325];
  for (const char of token) {
    low = Math.imul(low ^ char.codePointAt(0), 0x01000193) >>> 0;
    high = Math.imul(high ^ low, 0x01000193) >>> 0;
  }
  return `cairn/gm/${high.toString(36)}${low.toString(36)}`;
}
