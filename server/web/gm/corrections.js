/**
 * Corrections: a form with a reason and, before anything is done, who is affected and how. What is
 * dangerous disarms itself when it is left alone: the form closes.
 */

import { fill, h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { KINDS } from "./correction_kinds.js";
import { openDialog } from "./dialog.js";
import { previewTable } from "./preview_table.js";
import { undoOf } from "./undo.js";

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
  const fields = rules.fields(desk, about);
  const reason = h("textarea", {
    class: "input",
    rows: 2,
    maxlength: REASON_MAX,
    "data-test": "reason",
    placeholder: t("reasonHelp"),
  });
  const preview = h("div", { class: "preview", "aria-live": "polite", "data-test": "preview" });
  const confirm = h(
    "button",
    {
      type: "submit",
      class: `button ${rules.isDangerous ? "danger armed" : "primary"}`,
      "data-test": "confirm",
    },
    t(`confirm_${kind}`),
  );
  let shown = "";
  const drawPreview = () => {
    const problem = rules.problem?.(desk, about, fields.values()) ?? null;
    confirm.disabled = problem !== null;
    const outcome = problem ?? rules.preview(desk, about, fields.values());
    const state = JSON.stringify(outcome);
    if (state === shown) return;
    shown = state;
    fill(preview, problem ? h("p", { class: "soft" }, problem) : previewTable(desk, outcome));
  };
  const cancel = (close) =>
    h("button", { type: "button", class: "button quiet", onclick: close }, t("cancel"));
  const form = (close) =>
    h(
      "form",
      { class: "stack", onsubmit, oninput },
      rules.help && h("p", { class: "soft" }, t(rules.help)),
      fields.nodes,
      h("label", { class: "field" }, h("span", {}, t("reason")), reason),
      h("div", {}, h("span", { class: "label" }, t("previewTitle")), preview),
      h("div", { class: "row" }, confirm, cancel(close)),
    );

  function onsubmit(event) {
    event.preventDefault();
    const request = rules.request(about, fields.values());
    send(desk, kind, { ...request, reason: reason.value.trim() });
    close();
  }

  function oninput() {
    drawPreview();
    rearm();
  }

  let disarm = 0;
  function rearm() {
    clearTimeout(disarm);
    if (rules.isDangerous) disarm = setTimeout(() => close(), DISARM_MS);
  }
  const timer = setInterval(drawPreview, PREVIEW_EVERY_MS);
  const stop = () => [clearInterval(timer), clearTimeout(disarm)];
  const close = openDialog(rules.title(desk, about), (shut) => [form(shut)], { onClose: stop });
  drawPreview();
  rearm();
  (fields.first ?? reason).focus();
}

async function send(desk, kind, request) {
  const answer = await desk.command(request);
  if (answer.t !== "accepted") return;
  const action = { label: t("undo"), act: () => undoNewest(desk, request) };
  const isFinal = kind === "grant";
  desk.notices.say(t(`done_${kind}`), isFinal ? {} : { action });
}

const EVENT_OF = {
  adjust: "points_adjusted",
  void: "find_voided",
  restore: "find_restored",
  disqualify: "team_disqualified",
  reinstate: "team_reinstated",
  extend: "hunt_extended",
};

/** Undo what was just done: its entry in the staff log says whether that is still possible. */
function undoNewest(desk, request) {
  const entry = desk.model.staffLog.findLast(
    (one) =>
      one.kind === EVENT_OF[request.t] &&
      one.data.team === request.team &&
      one.data.location === request.location,
  );
  const outcome = entry ? undoOf(desk.model, entry) : { request: null, why: "undoNotSaved" };
  if (outcome.request) desk.undo(entry);
  else desk.notices.say(t(outcome.why), { level: "warn" });
}
