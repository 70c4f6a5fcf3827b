/** Every word that people read, in their language. Each page has its own file per language. */

import { load, save } from "./store.js";

export const LANGUAGES = { en: "English", de: "Deutsch" };
const FALLBACK = "en";
const CHOICE_KEY = "cairn/language";

let texts = {};
let language = FALLBACK;
let plurals = new Intl.PluralRules(language); // Making one takes longer than using it a hundred times.
let numbers = new Intl.NumberFormat(language);

/** The language in use: one of `LANGUAGES`. */
export function currentLanguage() {
  return language;
}

/** The same, as it is written where the reader is: `en-GB`, say, for times and numbers. */
export function currentLocale() {
  const isSame = (tag) => tag.split("-")[0].toLowerCase() === language;
  return (navigator.languages ?? []).find(isSame) ?? language;
}

/** Use another language from the next load on; the page is loaded anew. */
export function chooseLanguage(code) {
  save(CHOICE_KEY, code);
  location.reload();
}

function preferred() {
  const chosen = load(CHOICE_KEY);
  if (chosen in LANGUAGES) return chosen;
  for (const tag of navigator.languages ?? [navigator.language]) {
    const code = tag.split("-")[0].toLowerCase();
    if (code in LANGUAGES) return code;
  }
  return FALLBACK;
}

/**
 * Load the words of a page (`play`, `gm`, `screen`), and those that all pages share.
 * @param {string} page
 */
export async function loadTexts(page) {
  language = preferred();
  plurals = new Intl.PluralRules(language);
  numbers = new Intl.NumberFormat(currentLocale());
  const read = async (code, part) => (await import(`../texts/${code}/${part}.js`)).default;
  const wanted = language === FALLBACK ? [FALLBACK] : [FALLBACK, language];
  for (const code of wanted) {
    const [common, own] = await Promise.all([read(code, "common"), read(code, page)]);
    texts = { ...texts, ...common, ...own };
  }
  document.documentElement.lang = language;
}

/**
 * The words for a key, with `{name}` replaced. A key that has `_one` and `_other` forms takes
 * `{count}`.
 * @param {string} key
 * @param {Object<string, string|number>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  let text = texts[key];
  if (text === undefined && "count" in values) {
    const form = plurals.select(Number(values.count));
    text = texts[`${key}_${form}`] ?? texts[`${key}_other`];
  }
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** Whether there are words for a key. */
export function hasText(key) {
  return key in texts;
}

/** A number as people write it here. */
export function number(value) {
  return numbers.format(value);
}
