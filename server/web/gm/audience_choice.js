/** Choosing whom an announcement is for: everybody, some, one, or whom something is true of. */

import { h, show } from "../common/dom.js";
import { t } from "../common/texts.js";

const KINDS = ["all", "teams", "stuck", "unseen", "offline"];
const MINUTES_DEFAULT = 20;
const WORDS_MAX = 50;

/** @param {import("./desk.js").Desk} desk */
export function makeAudienceChoice(desk) {
  const changed = () => desk.redraw();
  const kinds = KINDS.map((kind) =>
    h("option", { value: kind, "data-kind": kind }, t(`audience_${kind}`)),
  );
  const single = h("optgroup", { label: t("oneTeam") });
  const to = h(
    "select",
    { class: "input", "data-test": "announce-to", onchange: changed },
    kinds,
    single,
  );
  const minutes = h("input", {
    class: "input compact number",
    type: "number",
    min: 0,
    max: 1440,
    value: MINUTES_DEFAULT,
    "data-test": "announce-minutes",
    "aria-label": t("minutesField"),
    oninput: changed,
  });
  const place = h("select", {
    class: "input compact",
    "aria-label": t("place"),
    onchange: changed,
  });
  const told = h("select", {
    class: "input",
    "aria-label": t("announcements"),
    "data-test": "announce-unseen",
    onchange: changed,
  });
  const boxes = h(
    "fieldset",
    { class: "team-boxes", onchange: changed },
    h("legend", {}, t("audience_teams")),
  );
  const timeRow = h(
    "div",
    { class: "row" },
    minutes,
    h("span", { class: "soft" }, t("minutesField")),
    place,
  );
  const drawn = {};

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

  function draw() {
    const { model } = desk;
    if (drawn.places !== model.places) {
      drawn.places = model.places;
      fillTeams(model, single, boxes);
      place.replaceChildren(
        h("option", { value: "" }, t("anywhere")),
        ...[...model.places.values()].map((one) => h("option", { value: one.id }, one.name)),
      );
    }
    if (drawn.announcements !== model.announcements) {
      drawn.announcements = model.announcements;
      fillTold(model, told);
    }
    const kind = kindOf();
    show(boxes, kind === "teams");
    show(timeRow, kind === "stuck" || kind === "offline");
    show(place, kind === "stuck");
    show(told, kind === "unseen");
  }

  return {
    node: h(
      "div",
      { class: "stack" },
      h("label", { class: "field" }, h("span", {}, t("announceTo")), to),
      boxes,
      timeRow,
      told,
    ),
    value,
    draw,
    choose(team) {
      draw();
      to.value = team;
      changed();
    },
  };
}

function fillTeams(model, single, boxes) {
  const teams = [...model.teams.values()].sort((a, b) => a.name.localeCompare(b.name));
  single.replaceChildren(...teams.map((team) => h("option", { value: team.id }, team.name)));
  boxes.replaceChildren(
    boxes.firstChild,
    ...teams.map((team) =>
      h(
        "label",
        { class: "team-box" },
        h("input", { type: "checkbox", value: team.id }),
        team.name,
      ),
    ),
  );
}

function fillTold(model, told) {
  const chosen = told.value;
  const newestFirst = [...model.announcements].reverse();
  told.replaceChildren(
    ...newestFirst.map((one) =>
      h("option", { value: one.id }, `#${one.id} ${one.text.slice(0, WORDS_MAX)}`),
    ),
  );
  if (chosen) told.value = chosen;
}
