/** Writing an announcement: to whom, how loud, what; with a count of whom it would reach. */

import { h, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { audience } from "./audience.js";
import { makeAudienceChoice } from "./audience_choice.js";
import { teamName } from "./words.js";

const TEXT_MAX = 1000;
const NAMES_MAX = 6;
const LEVELS = ["info", "warning", "urgent"];
const TEMPLATES = 6; // Texts `template_1` … that ship with the console.

/** @param {import("./desk.js").Desk} desk */
export function makeCompose(desk) {
  const text = h("textarea", {
    class: "input",
    rows: 5,
    maxlength: TEXT_MAX,
    required: true,
    "data-test": "announce-text",
    "aria-label": t("announceText"),
    oninput: () => desk.redraw(),
  });
  const choice = makeAudienceChoice(desk);
  const level = h(
    "select",
    { class: "input", "data-test": "announce-level" },
    LEVELS.map((one) => h("option", { value: one }, t(`level_${one}`))),
  );
  const reach = h("p", { class: "reach", role: "status" });
  const left = h("span", { class: "soft number" });
  const button = h(
    "button",
    { type: "submit", class: "button primary", "data-test": "announce-button" },
    t("announceSend"),
  );
  const whom = () => audience(desk.model, choice.value(), desk.times);
  async function onsubmit(event) {
    event.preventDefault();
    const to = whom();
    if (!text.value.trim() || to?.length === 0) return;
    const message = { t: "announce", text: text.value.trim(), level: level.value };
    text.value = "";
    desk.command({ ...message, to: to ?? "all" }, t("done_announce"));
  }
  const node = h(
    "section",
    { class: "card compose" },
    h("div", { class: "card-head row" }, h("h2", { class: "grow" }, t("announceTitle"))),
    h(
      "form",
      { class: "stack", onsubmit },
      templateMenu(text, desk),
      h(
        "label",
        { class: "field" },
        h("span", { class: "row" }, h("span", { class: "grow" }, t("announceText")), left),
        text,
      ),
      choice.node,
      h("label", { class: "field" }, h("span", {}, t("announceLevel")), level),
      reach,
      h("div", { class: "row" }, button, h("span", { class: "soft" }, t("announceFinal"))),
    ),
  );
  return {
    node,
    draw() {
      choice.draw();
      const to = whom();
      setText(left, TEXT_MAX - text.value.length);
      setText(reach, reachText(desk, to));
      const isNobody = to?.length === 0;
      reach.classList.toggle("nobody", isNobody);
      button.disabled = !desk.may("announce") || isNobody;
      show(node, desk.may("announce"));
    },
    onShown({ isWriting, to }) {
      if (to) choice.choose(to);
      if (isWriting || to) text.focus();
    },
  };
}

function reachText({ model }, to) {
  if (to === null) return t("reachAll", { count: model.teams.size });
  if (!to.length) return t("reachNobody");
  const names = to
    .slice(0, NAMES_MAX)
    .map((team) => teamName(model, team))
    .join(", ");
  const more = to.length - NAMES_MAX;
  return `${t("reachTeams", { count: to.length })} ${names}${more > 0 ? ` +${more}` : ""}`;
}

function templateMenu(text, desk) {
  const select = h(
    "select",
    { class: "input compact", "aria-label": t("templates") },
    h("option", { value: "" }, t("templates")),
    Array.from({ length: TEMPLATES }, (_, index) => {
      const words = t(`template_${index + 1}`);
      return h("option", { value: words }, words);
    }),
  );
  select.onchange = () => {
    if (select.value) text.value = select.value;
    select.value = "";
    text.focus();
    desk.redraw();
  };
  return select;
}
