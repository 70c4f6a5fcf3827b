/**
 * Corrections: a form with a reason and, before anything is done, who is affected and how. What is
 * dangerous disarms itself when it is left alone: the form closes.
 */

import { fill, h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { KINDS } from "./correction_kinds.js";
import { openDialog } from "./dialog.js";
import { button, labelled, soft, submit } from "./parts.js";
import { previewTable } from "./preview_table.js";
import { entryOf, undoOf } from "./undo.js";

const DISARM_MS = 60_000; // A form that nobody touches for so long was forgotten.
const REASON_MAX = 500;
const PREVIEW_EVERY_MS = 2000; // Finds that come in meanwhile change what would happen.

/**
 * @param {import("./desk.js").Desk} desk
 * @param {keyof typeof KINDS} kind
 * @param {{team?: string, place?: string}} about
 */
export function correct(desk, kind, about) {
  const rules = KINDS[kind];
  const form = makeForm(desk, kind, about);
  let disarm = 0;
  const rearm = () => {
    clearTimeout(disarm);
    if (rules.isDangerous) disarm = setTimeout(() => close(), DISARM_MS);
  };
  form.node.oninput = () => {
    form.drawPreview();
    rearm();
  };
  form.node.onsubmit = (event) => {
    event.preventDefault();
    send(desk, kind, form.request());
    close();
  };
  const timer = setInterval(form.drawPreview, PREVIEW_EVERY_MS);
  const onClose = () => [clearInterval(timer), clearTimeout(disarm)];
  const close = openDialog(rules.title(desk, about), (shut) => [form.with(shut)], { onClose });
  form.drawPreview();
  rearm();
  form.first.focus();
}

function makeForm(desk, kind, about) {
  const rules = KINDS[kind];
  const fields = rules.fields(desk, about);
  const reason = h("textarea", {
    class: "input",
    rows: 2,
    maxlength: REASON_MAX,
    "data-test": "reason",
    placeholder: t("reasonHelp"),
  });
  const preview = h("div", { class: "preview", "aria-live": "polite", "data-test": "preview" });
  const confirm = submit(t(`confirm_${kind}`), {
    class: rules.isDangerous ? "danger armed" : "primary",
    "data-test": "confirm",
  });
  const buttons = h("div", { class: "row" }, confirm);
  const node = h(
    "form",
    { class: "stack" },
    rules.help && soft(t(rules.help)),
    fields.nodes,
    labelled(t("reason"), reason),
    h("div", {}, h("span", { class: "label" }, t("previewTitle")), preview),
    buttons,
  );
  return {
    node,
    first: fields.first ?? reason,
    drawPreview: makePreview(desk, rules, about, { fields, preview, confirm }),
    request: () => ({ ...rules.request(about, fields.values()), reason: reason.value.trim() }),
    with(close) {
      buttons.append(button(t("cancel"), close, { class: "quiet" }));
      return node;
    },
  };
}

/** Who is affected, drawn anew only when that is something else. */
function makePreview(desk, rules, about, { fields, preview, confirm }) {
  let shown = "";
  return () => {
    const values = fields.values();
    const problem = rules.problem?.(desk, about, values) ?? null;
    confirm.disabled = problem !== null;
    const outcome = problem ?? rules.preview(desk, about, values);
    const state = JSON.stringify(outcome);
    if (state === shown) return;
    shown = state;
    fill(preview, problem ? soft(problem) : previewTable(desk, outcome));
  };
}

async function send(desk, kind, request) {
  const before = desk.model.staffLog.at(-1)?.id ?? 0;
  const answer = await desk.command(request);
  if (answer.t !== "accepted") return;
  const action = { label: t("undo"), act: () => undoDone(desk, request, before) };
  const isFinal = kind === "grant";
  desk.notices.say(t(`done_${kind}`), isFinal ? {} : { action });
}

/** Undo what was just done: its entry in the staff log says whether that is still possible. */
function undoDone(desk, request, before) {
  const entry = entryOf(desk.model, request, before);
  const outcome = entry ? undoOf(desk.model, entry) : { request: null, why: "undoNotSaved" };
  if (outcome.request) desk.undo(entry);
  else desk.notices.say(t(outcome.why), { level: "warn" });
}
