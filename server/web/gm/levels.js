/**
 * When a figure of the server's health is worth a look: before players notice. Pure.
 * Each figure has two thresholds: amber (`warn`) and red (`bad`).
 */

export const FIGURES = [
  { id: "storage", field: "journal_lag_s", warn: 0.25, bad: 1, unit: "s", digits: 2 },
  { id: "rate", field: "claims_per_s", warn: 1000, bad: 2500, unit: "/s", digits: 1 },
  { id: "p99", field: "accept_p99_s", warn: 0.05, bad: 0.25, unit: "ms", scale: 1000, digits: 0 },
  { id: "loop", field: "loop_lag_s", warn: 0.1, bad: 0.4, unit: "s", digits: 2 },
  { id: "mailbox", field: "mailbox_depth", warn: 100, bad: 500, unit: "", digits: 0 },
  { id: "slow", field: "slow_clients", warn: 1, bad: 10, unit: "", digits: 0, isGrowing: true },
  { id: "connections", field: "connections", warn: 12000, bad: 14500, unit: "", digits: 0 },
];

export const SIGNS = { good: "●", warn: "▲", bad: "■", none: "○" };

/** Slow clients count since the start; what matters is how many came lately. */
export const GROWTH_WINDOW_S = 60;

/** `good`, `warn` or `bad`; `none` without a value. */
export function levelOf(figure, value) {
  if (typeof value !== "number") return "none";
  if (value >= figure.bad) return "bad";
  return value >= figure.warn ? "warn" : "good";
}

/** What is shed now: the steps, and how bad that is. */
export function shedLevel(health) {
  const active = (health?.shedding ?? []).filter((step) => step.active).map((step) => step.step);
  const isSerious = active.includes("claims") || active.includes("joins");
  return { active, level: isSerious ? "bad" : active.length ? "warn" : "good" };
}

/** The server as a whole. */
export function overall(health) {
  if (!health) return "none";
  if (health.status === "failed" || health.quarantined?.length) return "bad";
  return health.status === "degraded" || health.alerts?.length ? "warn" : "good";
}

/**
 * Remembers counters for a while and tells by how much they grew.
 * @param {number} windowS
 */
export function growth(windowS = GROWTH_WINDOW_S) {
  let samples = [];
  return (value, at) => {
    if (typeof value !== "number") return null;
    samples = samples.filter((sample) => at - sample.at <= windowS && sample.value <= value);
    samples.push({ value, at });
    return value - samples[0].value;
  };
}
