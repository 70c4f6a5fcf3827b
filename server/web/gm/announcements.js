/** What was announced: delivered and seen, in all and by team; and again to who has not seen it. */

import { timeOfDay } from "../common/clock.js";
import { fill, h, keyedList, setText, show } from "../common/dom.js";
import { markdown } from "../common/markdown.js";
import { t } from "../common/texts.js";
import { receipts } from "./audience.js";
import { setFlag } from "./flags.js";
import { teamName } from "./words.js";

const LEVEL_SIGNS = { info: "ℹ", warning: "▲", urgent: "■" };
const LEVEL_BADGES = { info: "", warning: "warn", urgent: "bad" };

/** @param {import("./desk.js").Desk} desk */
export function makeTold(desk) {
  const list = h("ul", { class: "plain told-list" });
  const none = h("p", { class: "soft calm" }, t("announcedNone"));
  const update = keyedList(
    list,
    (announcement) => makeItem(desk, announcement),
    (node, announcement) => drawItem(desk, node, announcement),
  );
  return {
    node: h(
      "section",
      { class: "card told" },
      h("div", { class: "card-head row" }, h("h2", { class: "grow" }, t("announcedTitle"))),
      list,
      none,
    ),
    draw() {
      const { announcements } = desk.model;
      show(none, announcements.length === 0);
      // Another hunt begins at 1 again, and must not get the words of this one.
      update([...announcements].reverse(), ({ id, at }) => `${id} ${at}`);
    },
    onShown({ announcement }) {
      const item = announcement && list.querySelector(`[data-id="${Number(announcement)}"]`);
      item?.scrollIntoView({ block: "nearest" });
    },
  };
}

function makeItem(desk, announcement) {
  const parts = {
    delivered: meter("delivered"),
    seen: meter("seen"),
    lines: h("ul", { class: "plain receipt-lines" }),
    again: h("button", {
      type: "button",
      class: "button small",
      "data-test": "repeat",
      onclick: () => repeat(desk, announcement),
    }),
  };
  const details = h(
    "details",
    { ontoggle: () => desk.redraw() },
    h("summary", {}, t("byTeam")),
    parts.lines,
  );
  const level = announcement.level ?? "info";
  const node = h(
    "li",
    { class: "told-item", "data-test": "announcement", "data-id": announcement.id },
    h(
      "div",
      { class: "row" },
      h(
        "span",
        { class: `badge ${LEVEL_BADGES[level]}` },
        `${LEVEL_SIGNS[level]} ${t(`level_${level}`)}`,
      ),
      h("span", { class: "soft grow" }, toWords(desk, announcement)),
      h("time", { class: "number soft" }, timeOfDay(announcement.at)),
    ),
    h("div", { class: "told-text" }, markdown(announcement.text)),
    parts.delivered.node,
    parts.seen.node,
    h("div", { class: "row" }, details, h("span", { class: "grow" }), parts.again),
  );
  return Object.assign(node, { parts, details, drawn: null });
}

function toWords({ model }, { to }) {
  if (!to || to === "all") return t("toAll");
  const ids = [to].flat();
  return ids.length > 3
    ? t("toTeams", { count: ids.length })
    : ids.map((id) => teamName(model, id)).join(", ");
}

function meter(name) {
  const bar = h("span", { class: "meter-bar" });
  const count = h("span", { class: "number" });
  const node = h(
    "div",
    { class: "meter", "data-test": name },
    h("span", { class: "soft" }, t(`reach_${name}`)),
    h("span", { class: "meter-track", "aria-hidden": "true" }, bar),
    count,
  );
  return {
    node,
    draw(value, of) {
      setText(count, `${value}/${of}`);
      bar.style.width = `${of ? (100 * value) / of : 0}%`;
    },
  };
}

function drawItem(desk, node, announcement) {
  const { model } = desk;
  const state = `${node.details.open}${desk.may("announce")}`;
  if (node.drawn === model.teams && node.drawnState === state) return;
  [node.drawn, node.drawnState] = [model.teams, state];
  const { teams, delivered, seen, lines } = receipts(model, announcement);
  node.parts.delivered.draw(delivered, teams);
  node.parts.seen.draw(seen, teams);
  setText(node.parts.again, t("repeatUnseen", { count: teams - seen }));
  show(node.parts.again, desk.may("announce") && seen < teams);
  setFlag(node, "data-complete", seen === teams);
  if (!node.details.open) return;
  const order = { waiting: 0, delivered: 1, seen: 2 };
  lines.sort((a, b) => order[a.state] - order[b.state]);
  fill(
    node.parts.lines,
    lines.map((line) => receiptLine(desk, line)),
  );
}

const SIGNS = { waiting: "○", delivered: "✓", seen: "✓✓" };

function receiptLine({ model }, { team, state }) {
  return h(
    "li",
    { class: "receipt", "data-state": state },
    `${SIGNS[state]} ${teamName(model, team)} `,
    h("span", { class: "soft" }, t(`reach_${state}`)),
  );
}

/** The same words once more, to the teams that have not seen them. */
function repeat(desk, announcement) {
  const { lines } = receipts(desk.model, announcement);
  const to = lines.filter((line) => line.state !== "seen").map((line) => line.team);
  if (!to.length) return;
  const { text, level } = announcement;
  desk.command(
    { t: "announce", text, level: level ?? "info", to },
    t("done_repeat", { count: to.length }),
  );
}
