/** The staff log: what every game master did, when, and undoing it; and who is invited. */

import { fill, h, keyedList, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { makeInvites } from "./invites.js";
import { logEntry } from "./log_entry.js";
import { cardHead, select } from "./parts.js";
import { isInUse } from "./twostep.js";
import { undoOf } from "./undo.js";

const SHOWN_MAX = 200;

/** @param {import("./desk.js").Desk} desk */
export function makeStaffArea(desk) {
  const invites = makeInvites(desk);
  const list = h("ol", { class: "plain lines staff-log" });
  const none = h("p", { class: "soft calm" }, t("staffNone"));
  const by = select([["", t("allStaff")]], { class: "compact", "aria-label": t("allStaff") });
  by.onchange = () => desk.redraw();
  const makeSlot = (entry) => h("div", { "data-entry": entry.id });
  const update = keyedList(list, makeSlot, (slot, entry) => drawSlot(desk, slot, entry));
  const log = h(
    "section",
    { class: "card list-card" },
    cardHead(t("staffLog"), by, 1),
    h("div", { class: "table-scroll" }, list, none),
  );
  return {
    node: h("div", { class: "split even" }, log, invites.node),
    draw() {
      const { staffLog } = desk.model;
      invites.draw();
      fillNames(by, staffLog);
      const wanted = staffLog.filter((entry) => !by.value || entry.by === by.value);
      update(wanted.slice(-SHOWN_MAX).reverse(), (entry) => entry.id);
      show(none, staffLog.length === 0);
    },
  };
}

/** An entry is made anew only when its undo comes or goes, or when its words do. */
function drawSlot(desk, slot, entry) {
  const { request, why } = undoOf(desk.model, entry);
  const isOffered = request !== null && desk.may(request.t, request.location);
  const { message } = entry.data;
  const state = [why, isOffered, message && desk.model.messages.has(message)].join();
  if (state === slot.dataset.state || isInUse(slot)) return;
  slot.dataset.state = state;
  fill(slot, logEntry(desk, entry));
}

function fillNames(choice, log) {
  const names = [...new Set(log.map((entry) => entry.by).filter(Boolean))].sort();
  if (names.length === choice.options.length - 1) return;
  const chosen = choice.value;
  choice.replaceChildren(
    choice.firstChild,
    ...names.map((name) => h("option", { value: name }, name)),
  );
  choice.value = chosen;
}
