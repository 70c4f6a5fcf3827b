/**
 * What must survive a reload: the session, its highest number, and every request that is not
 * saved. One tab writes a session at a time; see `holdAlone`.
 *
 * localStorage, because writing it is done when the call returns: a request is on the phone
 * before it is sent.
 */

/**
 * @param {string} key
 * @returns {any} What was kept, or null.
 */
export function load(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** Keep something; returns false when the phone has no room or allows none. */
export function save(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function forget(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // Where nothing may be stored, nothing is.
  }
}

const LEASE_MS = 4000; // Without Web Locks, a tab that is gone loses its hold after this.

/**
 * Be the only tab that uses this name.
 * @param {string} name
 * @param {{onHeld: () => void, onLost: () => void, onWaiting: () => void}} on
 * @returns {() => void} Take the hold away from whichever tab has it.
 */
export function holdAlone(name, on) {
  if (navigator.locks) return holdByLock(name, on);
  return holdByLease(name, on);
}

function holdByLock(name, on) {
  let waiting = new AbortController();
  let isHeld = false;
  const hold = () => {
    isHeld = true;
    on.onHeld();
    return new Promise(() => {});
  };
  const onEnd = (error) => {
    if (error.name !== "AbortError") throw error;
    isHeld = false;
    on.onLost();
    wait(); // Should the other tab be closed, this one goes on.
  };
  const wait = () => {
    const mine = (waiting = new AbortController());
    navigator.locks
      .request(name, { signal: mine.signal }, hold)
      .catch((error) => mine.signal.aborted || onEnd(error));
  };
  navigator.locks.query().then(({ held }) => {
    if (held.some((one) => one.name === name)) on.onWaiting();
  });
  wait();
  return () => {
    if (isHeld) return on.onHeld(); // To steal it from oneself would be to lose it.
    waiting.abort();
    navigator.locks.request(name, { steal: true }, hold).catch(onEnd);
  };
}

/** For pages without Web Locks, which need https: a lease in the storage, renewed while held. */
function holdByLease(name, on) {
  const key = `${name}/lease`;
  const own = Math.random().toString(36).slice(2);
  let isHeld = false;
  const look = () => {
    const lease = load(key);
    const isFree = !lease || lease.owner === own || Date.now() - lease.at > LEASE_MS;
    if (isFree) {
      save(key, { owner: own, at: Date.now() });
      if (!isHeld) on.onHeld();
    } else if (isHeld) on.onLost();
    isHeld = isFree;
  };
  look();
  if (!isHeld) on.onWaiting();
  setInterval(look, LEASE_MS / 4);
  return () => {
    save(key, { owner: own, at: Date.now() });
    look();
  };
}
