/** What each correction asks, does and changes. */

import { duration, timeOfDay, huntTime, serverNow } from "../common/clock.js";
import { h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { openHints } from "./cell.js";
import {
  previewAdjust,
  previewDisqualify,
  previewReinstate,
  previewRestore,
  previewVoid,
} from "./preview.js";
import { placeName, teamName } from "./words.js";

const POINTS_MAX = 1_000_000;
const EXTEND_MAX_MIN = 1440;
const MINUTE_S = 60;

const noFields = () => ({ nodes: [], values: () => ({}), first: null });

function numberField(label, test, max, quick) {
  const input = h("input", {
    class: "input number",
    type: "number",
    step: 1,
    min: -max,
    max,
    "data-test": test,
    required: true,
  });
  const pick = (value) => () => {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const chips = quick.map((value) =>
    h(
      "button",
      { type: "button", class: "button small", onclick: pick(value) },
      value > 0 ? `+${value}` : `−${-value}`,
    ),
  );
  const nodes = [
    h("label", { class: "field" }, h("span", {}, t(label)), input),
    h("div", { class: "row wrap" }, chips),
  ];
  return { nodes, values: () => ({ amount: Number(input.value) || 0 }), first: input };
}

function hintField(desk, { team, place }) {
  const hints = desk.model.places.get(place)?.hints ?? [];
  const options = openHints(desk.model, team, place).map((index) =>
    h("option", { value: index }, t("hintOption", { index: index + 1, cost: hints[index].cost })),
  );
  const select = h("select", { class: "input", "data-test": "hint" }, options);
  return {
    nodes: [h("label", { class: "field" }, h("span", {}, t("hint")), select)],
    values: () => ({ hint: Number(select.value) }),
    first: select,
  };
}

const aboutTeam =
  (kind) =>
  (desk, { team }) =>
    t(`title_${kind}`, { team: teamName(desk.model, team) });

const aboutFind =
  (kind) =>
  (desk, { team, place }) =>
    t(`title_${kind}`, { team: teamName(desk.model, team), place: placeName(desk.model, place) });

const isAmount = (_desk, _about, { amount }) => (amount === 0 ? t("amountMissing") : null);

/** When the hunt ends now and when it would then. */
function previewExtend({ model }, _about, { amount }) {
  const { left } = huntTime(model.hunt, model.madeAt);
  const end = serverNow() + left;
  return {
    sentences: [
      t("extendLeft", { before: duration(left), after: duration(left + amount * MINUTE_S) }),
      model.hunt.phase === "running"
        ? t("extendEnds", { before: timeOfDay(end), after: timeOfDay(end + amount * MINUTE_S) })
        : t("extendPaused"),
      t("extendAll"),
    ],
  };
}

function extendProblem(desk, about, values) {
  const { left } = huntTime(desk.model.hunt, desk.model.madeAt);
  if (values.amount && left + values.amount * MINUTE_S <= 0) return t("extendTooShort");
  return isAmount(desk, about, values);
}

/** kind -> title, fields, preview, request. */
export const KINDS = {
  adjust: {
    title: aboutTeam("adjust"),
    fields: () => numberField("pointsField", "points", POINTS_MAX, [-10, -5, 5, 10, 20]),
    problem: isAmount,
    preview: ({ model }, { team }, { amount }) => ({ effects: previewAdjust(model, team, amount) }),
    request: ({ team }, { amount }) => ({ t: "adjust", team, points: amount }),
  },
  extend: {
    title: () => t("title_extend"),
    help: "extendHelp",
    fields: () => numberField("minutesField", "minutes", EXTEND_MAX_MIN, [-10, -5, 5, 10, 15, 30]),
    problem: extendProblem,
    preview: previewExtend,
    request: (_about, { amount }) => ({ t: "extend", seconds: amount * MINUTE_S }),
  },
  void: {
    isDangerous: true,
    title: aboutFind("void"),
    help: "voidHelp",
    fields: noFields,
    preview: ({ model }, { team, place }) => ({ effects: previewVoid(model, team, place) }),
    request: ({ team, place }) => ({ t: "void", team, location: place }),
  },
  restore: {
    title: aboutFind("restore"),
    help: "restoreHelp",
    fields: noFields,
    preview: ({ model }, { team, place }) => ({ effects: previewRestore(model, team, place) }),
    request: ({ team, place }) => ({ t: "restore", team, location: place }),
  },
  grant: {
    title: aboutFind("grant"),
    fields: hintField,
    preview: ({ model }, { team }) => ({
      sentences: [t("grantWho", { team: teamName(model, team) }), t("grantFinal")],
    }),
    request: ({ team, place }, { hint }) => ({ t: "grant", team, location: place, hint }),
  },
  disqualify: {
    isDangerous: true,
    title: aboutTeam("disqualify"),
    help: "disqualifyHelp",
    fields: noFields,
    preview: ({ model }, { team }) => ({ effects: previewDisqualify(model, team) }),
    request: ({ team }) => ({ t: "disqualify", team }),
  },
  reinstate: {
    title: aboutTeam("reinstate"),
    fields: noFields,
    preview: ({ model }, { team }) => ({ effects: previewReinstate(model, team) }),
    request: ({ team }) => ({ t: "reinstate", team }),
  },
};
