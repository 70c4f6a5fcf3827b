/** Deep links and QR codes: `#join=K7QX3M2P` and `#at=pier&code=LUMEN`. Pure. */

const JOIN_CODE_CHARS = 8;
const CODE_CHARS_MAX = 256; // The wire's limit of a code: longer text is no code of ours.

/**
 * @typedef {Object} Link
 * @property {string} [join] A join code.
 * @property {string} [at] A place's id.
 * @property {string} [code] The code found there.
 */

/**
 * What the part of an address after `#` asks for.
 * @param {string} hash
 * @returns {Link|null} Null when it asks for nothing.
 */
export function linkOf(hash) {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const link = {};
  if (values.get("join")) link.join = values.get("join").slice(0, CODE_CHARS_MAX);
  if (values.get("at") && values.get("code")) {
    link.at = values.get("at").slice(0, 128);
    link.code = values.get("code").slice(0, CODE_CHARS_MAX);
  }
  return Object.keys(link).length ? link : null;
}

/**
 * Whether two join codes are of the same team, however they are written; a long one begins with
 * the short one.
 */
export function isSameTeam(one, other) {
  const [a, b] = [one, other].map((code) =>
    (code ?? "").toUpperCase().replace(/[\s-]/g, "").slice(0, JOIN_CODE_CHARS),
  );
  return a === b;
}

/**
 * What a QR code holds: a deep link, on whatever host it was printed for, or a bare code.
 * @param {string} text
 * @returns {Link|null}
 */
export function scanned(text) {
  const trimmed = text.trim();
  if (!trimmed) return null;
  if (/^https?:\/\//i.test(trimmed)) {
    const cut = trimmed.indexOf("#");
    return cut < 0 ? null : linkOf(trimmed.slice(cut));
  }
  return trimmed.length <= CODE_CHARS_MAX ? { code: trimmed } : null;
}
