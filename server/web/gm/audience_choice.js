/** Choosing whom an announcement is for: everybody, some, one, or whom something is true of. */

import { h, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { labelled, refillSelect, select } from "./parts.js";

const KINDS = ["all", "teams", "stuck", "unseen", "offline"];
const MINUTES_DEFAULT = 20;
const MINUTES_MAX = 1440;
const WORDS_MAX = 50;

/** @param {import("./desk.js").Desk} desk */
export function makeAudienceChoice(desk) {
  const fields = makeFields(() => desk.redraw());
  const { to, minutes, place, told, boxes, timeRow } = fields;
  const kindOf = () => to.selectedOptions[0]?.dataset.kind ?? "one";
  function value() {
    const kind = kindOf();
    if (kind === "one") return { kind: "teams", teams: [to.value] };
    const teams = [...boxes.querySelectorAll("input:checked")].map((box) => box.value);
    return {
      kind,
      teams,
      minutes: Number(minutes.value),
      place: kind === "stuck" ? place.value : "",
      announcement: Number(told.value),
    };
  }
  const drawOptions = makeOptions(fields);
  function draw() {
    drawOptions(desk.model);
    const kind = kindOf();
    show(boxes, kind === "teams");
    show(timeRow, kind === "stuck" || kind === "offline");
    show(place, kind === "stuck");
    show(told, kind === "unseen");
  }
  function choose(team) {
    draw();
    to.value = team;
    desk.redraw();
  }
  const node = h("div", { class: "stack" }, labelled(t("announceTo"), to), boxes, timeRow, told);
  return { node, value, draw, choose };
}

function makeFields(changed) {
  const kinds = KINDS.map((kind) =>
    h("option", { value: kind, "data-kind": kind }, t(`audience_${kind}`)),
  );
  const single = h("optgroup", { label: t("oneTeam") });
  const to = select([], { "data-test": "announce-to", onchange: changed });
  to.append(...kinds, single);
  const minutes = h("input", {
    class: "input compact number",
    type: "number",
    min: 0,
    max: MINUTES_MAX,
    value: MINUTES_DEFAULT,
    "data-test": "announce-minutes",
    "aria-label": t("minutesField"),
    oninput: changed,
  });
  const place = select([], { class: "compact", "aria-label": t("place"), onchange: changed });
  const told = select([], {
    "aria-label": t("announcements"),
    "data-test": "announce-unseen",
    onchange: changed,
  });
  const legend = h("legend", {}, t("audience_teams"));
  const boxes = h("fieldset", { class: "team-boxes", onchange: changed }, legend);
  const unit = h("span", { class: "soft" }, t("minutesField"));
  const timeRow = h("div", { class: "row" }, minutes, unit, place);
  return { to, single, minutes, place, told, boxes, timeRow };
}

/** What there is to choose from follows the hunt. */
function makeOptions({ to, single, place, told, boxes }) {
  const drawn = {};
  return (model) => {
    if (drawn.places !== model.places) {
      drawn.places = model.places;
      fillTeams(model, to, single, boxes);
      const places = [...model.places.values()];
      const options = places.map((one) => h("option", { value: one.id }, one.name));
      refillSelect(place, [h("option", { value: "" }, t("anywhere")), ...options]);
    }
    if (drawn.announcements !== model.announcements) {
      drawn.announcements = model.announcements;
      fillTold(model, told);
    }
  };
}

/** Whoever was chosen stays chosen, also over a reconnect; nobody becomes everybody by it. */
function fillTeams(model, to, single, boxes) {
  const chosen = to.value;
  const ticked = new Set([...boxes.querySelectorAll("input:checked")].map((box) => box.value));
  const teams = [...model.teams.values()].sort((a, b) => a.name.localeCompare(b.name));
  single.replaceChildren(...teams.map((team) => h("option", { value: team.id }, team.name)));
  boxes.replaceChildren(
    boxes.firstChild,
    ...teams.map((team) =>
      h(
        "label",
        { class: "team-box" },
        h("input", { type: "checkbox", value: team.id, checked: ticked.has(team.id) }),
        team.name,
      ),
    ),
  );
  if (chosen) to.value = chosen;
  if (!to.value) to.value = "teams";
}

function fillTold(model, told) {
  const newestFirst = [...model.announcements].reverse();
  refillSelect(
    told,
    newestFirst.map((one) =>
      h("option", { value: one.id }, `#${one.id} ${one.text.slice(0, WORDS_MAX)}`),
    ),
  );
}
