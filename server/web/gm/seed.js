/**
 * Seeding: a plan from a file or pasted; every mistake is shown. A plan of a hunt that exists is
 * compared first, and replaces it only in two steps, since that drops the hunt's progress.
 */

import { fill, h, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { cardsTable } from "./cards.js";
import { twoStep } from "./twostep.js";

const PLAN_MAX_CHARS = 4 * 1024 * 1024; // The server takes no more YAML than that.

/** @param {import("./desk.js").Desk} desk */
export function makeSeed(desk) {
  const text = h("textarea", {
    class: "input mono plan-text",
    rows: 14,
    spellcheck: "false",
    placeholder: t("seedPlaceholder"),
    "aria-label": t("seedText"),
    "data-test": "seed-text",
  });
  const file = h("input", {
    type: "file",
    accept: ".yaml,.yml,.json,text/yaml",
    class: "visually-hidden",
    id: "plan-file",
    "data-test": "seed-file",
  });
  const outcome = h("div", { class: "stack", "aria-live": "polite", "data-test": "seed-outcome" });
  file.onchange = async () => {
    if (file.files[0]) text.value = await file.files[0].text();
    file.value = "";
  };
  const send = async (replace) => {
    if (!text.value.trim()) return;
    if (text.value.length > PLAN_MAX_CHARS) {
      fill(outcome, h("p", { class: "notice bad" }, t("seedTooLong")));
      return;
    }
    fill(outcome, h("p", { class: "soft" }, t("seedChecking")));
    // Not `desk.command`: a plan names its own hunt.
    const answer = await desk.link.submit({
      t: "seed",
      plan: text.value,
      ...(replace && { replace }),
    });
    fill(
      outcome,
      outcomeParts(desk, answer, () => send(true)),
    );
  };
  const check = h(
    "button",
    { type: "button", class: "button primary", "data-test": "seed", onclick: () => send(false) },
    t("seedButton"),
  );
  const node = h(
    "section",
    { class: "card panel" },
    h("div", { class: "card-head row" }, h("h2", { class: "grow" }, t("seedTitle"))),
    h("p", { class: "soft" }, t("seedHelp")),
    h(
      "div",
      { class: "row" },
      h("label", { class: "button small", for: "plan-file", tabindex: "-1" }, t("seedFile")),
      file,
    ),
    text,
    h("div", { class: "row" }, check),
    outcome,
  );
  return { node, draw: () => show(node, desk.may("seed")) };
}

function outcomeParts(desk, answer, replace) {
  if (answer.t === "refused") return mistakes(answer);
  const changes = answer.changes ?? [];
  if (answer.applied !== false) return applied(desk, answer);
  const isSame = !changes.length;
  return [
    h(
      "p",
      { class: "notice" },
      isSame
        ? t("seedSame", { hunt: answer.hunt })
        : t("seedCompared", { hunt: answer.hunt, count: changes.length }),
    ),
    h(
      "ul",
      { class: "changes mono", "data-test": "seed-changes" },
      changes.map((change) => h("li", {}, change)),
    ),
    twoStep({
      label: t("seedReplace"),
      confirm: t("confirm_replace"),
      test: "replace",
      consequences: () => [t("replace_1", { hunt: answer.hunt }), t("replace_2"), t("replace_3")],
      act: replace,
    }),
  ];
}

function mistakes(answer) {
  const errors = answer.errors ?? [];
  return [
    h(
      "p",
      { class: "notice bad" },
      errors.length ? t("seedMistakes", { count: errors.length }) : answer.message,
    ),
    h(
      "ol",
      { class: "mistakes mono", "data-test": "seed-errors" },
      errors.map((error) => h("li", {}, error)),
    ),
  ];
}

function applied(desk, answer) {
  return [
    h("p", { class: "notice" }, `✓ ${t("seedApplied", { hunt: answer.hunt })}`),
    h(
      "div",
      { class: "row" },
      h(
        "button",
        {
          type: "button",
          class: "button primary small",
          onclick: () => desk.link.look(answer.hunt),
        },
        t("lookAt"),
      ),
    ),
    answer.teams && cardsTable(answer.teams),
  ];
}
