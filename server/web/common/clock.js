/** The server's clock, as far as a phone whose own is off can know it. */

import { currentLocale } from "./texts.js";

let offsetS = 0;

/** A message said what time it is at the server, in UTC seconds. */
export function setServerTime(now) {
  if (typeof now === "number") offsetS = now - Date.now() / 1000;
}

/** Seconds that the server's clock is ahead of this one's, as far as is known. */
export function clockOffset() {
  return offsetS;
}

/** The server's time in UTC seconds. */
export function serverNow() {
  return Date.now() / 1000 + offsetS;
}

/** `1:02:03` or `2:03`; never negative. */
export function duration(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value) => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** The time of day of UTC seconds, where the reader is, and as it is written there. */
export function timeOfDay(at) {
  return new Date(at * 1000).toLocaleTimeString(currentLocale(), {
    hour: "2-digit",
    minute: "2-digit",
  });
}

/**
 * What is left of a hunt and how much of it ran, in seconds.
 * @param {Object} hunt The wire's hunt.
 * @param {number} madeAt Server time at which that view was made.
 */
export function huntTime(hunt, madeAt) {
  const now = serverNow();
  const isRunning = hunt.phase === "running";
  const elapsed = (hunt.elapsed_s ?? 0) + (isRunning ? Math.max(0, now - madeAt) : 0);
  let left = null;
  if (isRunning && hunt.ends_at) left = hunt.ends_at - now;
  else if (hunt.duration_s) left = hunt.duration_s - elapsed;
  return { elapsed, left };
}
