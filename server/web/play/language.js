/** Which language the page speaks. */

import { h } from "../common/dom.js";
import { LANGUAGES, chooseLanguage, currentLanguage, t } from "../common/texts.js";

export function languageChoice() {
  const buttons = Object.entries(LANGUAGES).map(([code, name]) =>
    h(
      "button",
      {
        class: "button choice",
        type: "button",
        lang: code,
        "data-test": `language-${code}`,
        "aria-pressed": String(code === currentLanguage()),
        onclick: () => code === currentLanguage() || chooseLanguage(code),
      },
      name,
    ),
  );
  return h("div", { class: "choices", role: "group", "aria-label": t("language") }, buttons);
}
