/**
 * Seeding: a plan from a file or pasted; every mistake is shown. A plan of a hunt that exists is
 * compared first, and replaces it only in two steps, since that drops the hunt's progress.
 */

import { fill, h, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { cardsTable } from "./cards.js";
import { button, cardHead, soft } from "./parts.js";
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
  const outcome = h("div", { class: "stack", "aria-live": "polite", "data-test": "seed-outcome" });
  const check = () => text.value.trim() && send(desk, text.value, false, outcome);
  const node = h(
    "section",
    { class: "card panel" },
    cardHead(t("seedTitle")),
    soft(t("seedHelp")),
    filePicker(text),
    text,
    h(
      "div",
      { class: "row" },
      button(t("seedButton"), check, { class: "primary", "data-test": "seed" }),
    ),
    outcome,
  );
  return { node, draw: () => show(node, desk.may("seed")) };
}

function filePicker(text) {
  const file = h("input", {
    type: "file",
    accept: ".yaml,.yml,.json,text/yaml",
    class: "visually-hidden",
    id: "plan-file",
    "data-test": "seed-file",
  });
  file.onchange = async () => {
    if (file.files[0]) text.value = await file.files[0].text();
    file.value = "";
  };
  return h(
    "div",
    { class: "row" },
    file,
    h("label", { class: "button small", for: file.id }, t("seedFile")),
  );
}

/** What is replaced later is what was compared, whatever stands in the field by then. */
async function send(desk, plan, replace, outcome) {
  if (plan.length > PLAN_MAX_CHARS) {
    fill(outcome, h("p", { class: "notice bad" }, t("seedTooLong")));
    return;
  }
  fill(outcome, soft(t("seedChecking")));
  // Not `desk.command`: a plan names its own hunt.
  const answer = await desk.link.submit({ t: "seed", plan, ...(replace && { replace }) });
  const again = () => send(desk, plan, true, outcome);
  fill(outcome, outcomeParts(desk, answer, again));
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
