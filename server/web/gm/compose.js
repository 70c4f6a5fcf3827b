/** Writing an announcement: to whom, how loud, what; with a count of whom it would reach. */

import { h, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { audience } from "./audience.js";
import { makeAudienceChoice } from "./audience_choice.js";
import { cardHead, labelled, select, submit } from "./parts.js";
import { teamName } from "./words.js";

const TEXT_MAX = 1000;
const NAMES_MAX = 6;
const LEVELS = ["info", "warning", "urgent"];
const TEMPLATES = 6; // Texts `template_1` … that ship with the console.

/** @param {import("./desk.js").Desk} desk */
export function makeCompose(desk) {
  const fields = makeFields(desk);
  const { text, choice, level, reach, left, send } = fields;
  const whom = () => audience(desk.model, choice.value(), desk.times);
  function onsubmit(event) {
    event.preventDefault();
    const to = whom();
    if (!text.value.trim() || to?.length === 0) return;
    const message = { t: "announce", text: text.value.trim(), level: level.value };
    text.value = "";
    desk.command({ ...message, to: to ?? "all" }, t("done_announce"));
  }
  const node = makeForm(desk, fields, onsubmit);
  return {
    node,
    draw() {
      choice.draw();
      const to = whom();
      setText(left, TEXT_MAX - text.value.length);
      setText(reach, reachText(desk, to));
      const isNobody = to?.length === 0;
      reach.classList.toggle("nobody", isNobody);
      send.disabled = !desk.may("announce") || isNobody;
      show(node, desk.may("announce"));
    },
    onShown({ isWriting, to }) {
      if (to) choice.choose(to);
      if (isWriting || to) text.focus();
    },
  };
}

function makeFields(desk) {
  const text = h("textarea", {
    class: "input",
    rows: 5,
    maxlength: TEXT_MAX,
    required: true,
    "data-test": "announce-text",
    "aria-label": t("announceText"),
    oninput: () => desk.redraw(),
  });
  const levels = LEVELS.map((one) => [one, t(`level_${one}`)]);
  return {
    text,
    choice: makeAudienceChoice(desk),
    level: select(levels, { "data-test": "announce-level" }),
    reach: h("p", { class: "reach", role: "status" }),
    left: h("span", { class: "soft number" }),
    send: submit(t("announceSend"), { "data-test": "announce-button" }),
  };
}

function makeForm(desk, { text, choice, level, reach, left, send }, onsubmit) {
  const name = h("span", { class: "row" }, h("span", { class: "grow" }, t("announceText")), left);
  return h(
    "section",
    { class: "card compose" },
    cardHead(t("announceTitle")),
    h(
      "form",
      { class: "stack", onsubmit },
      templateMenu(text, desk),
      h("label", { class: "field" }, name, text),
      choice.node,
      labelled(t("announceLevel"), level),
      reach,
      h("div", { class: "row" }, send, h("span", { class: "soft" }, t("announceFinal"))),
    ),
  );
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
  const words = Array.from({ length: TEMPLATES }, (_, index) => t(`template_${index + 1}`));
  const options = [["", t("templates")], ...words.map((one) => [one, one])];
  const menu = select(options, { class: "compact", "aria-label": t("templates") });
  menu.onchange = () => {
    if (menu.value) text.value = menu.value;
    menu.value = "";
    text.focus();
    desk.redraw();
  };
  return menu;
}
