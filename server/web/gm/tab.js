/**
 * Which tab of this device writes. A tab that signs out and in again still holds what it held, so
 * holds belong to the tab, and whoever is signed in listens to them.
 */

import { holdAlone } from "../common/store.js";

const PATIENCE_MS = 500; // A page that is reloaded holds its name for a moment longer.

const holds = new Map();

/**
 * @param {string} name
 * @param {{onHeld: () => void, onLost: () => void}} on
 * @returns {() => void} Makes this tab the one that writes.
 */
export function holdTab(name, on) {
  const known = holds.get(name);
  if (known) {
    known.on = on;
    if (known.isHeld) on.onHeld();
    else on.onLost();
    return known.take;
  }
  const hold = { on, isHeld: false, take: () => {} };
  const tell = (isHeld) => () => {
    hold.isHeld = isHeld;
    if (isHeld) hold.on.onHeld();
    else hold.on.onLost();
  };
  holds.set(name, hold);
  const lookOn = () => !hold.isHeld && hold.on.onLost();
  const take = holdAlone(name, {
    onHeld: tell(true),
    onLost: tell(false),
    onWaiting: () => setTimeout(lookOn, PATIENCE_MS),
  });
  hold.take = take;
  return take;
}
