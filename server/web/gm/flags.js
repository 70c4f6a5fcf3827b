/** Attributes that say yes or no: both are written out, so that styles and tests can ask for either. */

import { setAttribute } from "../common/dom.js";

/**
 * @param {Element} node
 * @param {string} name
 * @param {boolean} isSo
 */
export function setFlag(node, name, isSo) {
  setAttribute(node, name, isSo ? "true" : "false");
}
