/** A button that copies a text; without a clipboard (pages without https) it selects it. */

import { h } from "../common/dom.js";
import { t } from "../common/texts.js";

const SAID_MS = 2000;

/**
 * @param {() => string} textOf
 * @param {string} [label]
 */
export function copyButton(textOf, label = t("copy")) {
  const button = h("button", { type: "button", class: "button small", onclick: copy }, label);
  async function copy() {
    const isCopied = await write(textOf());
    button.textContent = isCopied ? `✓ ${t("copied")}` : t("copyFailed");
    setTimeout(() => (button.textContent = label), SAID_MS);
  }
  return button;
}

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeBySelection(text);
  }
}

function writeBySelection(text) {
  const field = h("textarea", { class: "visually-hidden", value: text });
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  return isCopied;
}
