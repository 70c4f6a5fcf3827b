/** The staff log: what every game master did, when, and undoing it; and who is invited. */

import { h, keyedList, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { makeInvites } from "./invites.js";
import { logEntry } from "./log_entry.js";
import { isArmedIn } from "./twostep.js";

const SHOWN_MAX = 200;

/** @param {import("./desk.js").Desk} desk */
export function makeStaffArea(desk) {
  const invites = makeInvites(desk);
  const list = h("ol", { class: "plain lines staff-log" });
  const none = h("p", { class: "soft calm" }, t("staffNone"));
  const by = h(
    "select",
    { class: "input compact", "aria-label": t("allStaff"), onchange: () => desk.redraw() },
    h("option", { value: "" }, t("allStaff")),
  );
  const entryKey = (entry) => entry.id;
  const update = keyedList(
    list,
    (entry) => h("div", { "data-entry": entry.id }),
    (slot, entry) => drawSlot(desk, slot, entry),
  );
  let drawn = [];
  return {
    node: h(
      "div",
      { class: "split even" },
      h(
        "section",
        { class: "card list-card" },
        h("div", { class: "card-head row" }, h("h1", { class: "grow" }, t("staffLog")), by),
        h("div", { class: "table-scroll" }, list, none),
      ),
      invites.node,
    ),
    draw() {
      const { model, link } = desk;
      invites.draw();
      const state = [
        model.staffLog,
        model.teams,
        model.locations,
        model.messages,
        model.staff,
        model.hunt,
        model.isFrozen,
        by.value,
        link.isWriting,
      ];
      if (state.every((part, index) => part === drawn[index])) return;
      drawn = state;
      fillNames(by, model.staffLog);
      const wanted = model.staffLog.filter((entry) => !by.value || entry.by === by.value);
      update(wanted.slice(-SHOWN_MAX).reverse(), entryKey);
      show(none, model.staffLog.length === 0);
    },
  };
}

/** An entry's undo comes and goes with what happened since; an armed one is left in peace. */
function drawSlot(desk, slot, entry) {
  if (isArmedIn(slot)) return;
  slot.replaceChildren(logEntry(desk, entry));
}

function fillNames(select, log) {
  const names = [...new Set(log.map((entry) => entry.by).filter(Boolean))].sort();
  if (names.length === select.options.length - 1) return;
  const chosen = select.value;
  select.replaceChildren(
    select.firstChild,
    ...names.map((name) => h("option", { value: name }, name)),
  );
  select.value = chosen;
}
