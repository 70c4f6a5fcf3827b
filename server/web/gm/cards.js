/** Join cards: each team's code and link, to copy or to print. */

import { fill, h, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { copyButton } from "./copy.js";

/** The address that joins a team when its phones open it. */
export const joinLink = (code) => `${location.origin}/#join=${code}`;

/** @param {import("./desk.js").Desk} desk */
export function makeCards(desk) {
  const place = h("div", { "aria-live": "polite" });
  const fetchCards = async () => {
    const answer = await desk.command({ t: "cards" });
    if (answer.t === "accepted")
      fill(place, cardsTable(answer.teams ?? [], desk.model.hunt?.title));
  };
  const button = h(
    "button",
    { type: "button", class: "button small", "data-test": "cards", onclick: fetchCards },
    t("cardsShow"),
  );
  const node = h(
    "section",
    { class: "card cards-card" },
    h("div", { class: "card-head row" }, h("h2", { class: "grow" }, t("cardsTitle")), button),
    h("p", { class: "soft" }, t("cardsHelp")),
    place,
  );
  let drawnFor = desk.model.hunt?.id;
  return {
    node,
    draw() {
      show(node, desk.may("cards") && Boolean(desk.model.hunt));
      if (drawnFor === desk.model.hunt?.id) return;
      drawnFor = desk.model.hunt?.id;
      fill(place);
    },
  };
}

/**
 * @param {{id: string, name: string, code: string, long_code: string}[]} teams
 * @param {string} [title]
 */
export function cardsTable(teams, title = "") {
  const lines = () =>
    teams
      .map((team) => [team.name, team.code, team.long_code, joinLink(team.code)].join("\t"))
      .join("\n");
  return h(
    "div",
    { class: "stack" },
    h(
      "div",
      { class: "row" },
      copyButton(lines, t("copyAll")),
      h(
        "button",
        { type: "button", class: "button small", onclick: () => printCards(teams, title) },
        t("print"),
      ),
    ),
    h(
      "ul",
      { class: "plain lines" },
      teams.map((team) =>
        h(
          "li",
          { class: "row", "data-test": "card", "data-team": team.id },
          h("span", { class: "grow" }, team.name),
          h("code", { class: "code" }, team.code),
          copyButton(() => joinLink(team.code), t("copyLink")),
        ),
      ),
    ),
  );
}

/** The cards on paper: only they are printed, see gm/print.css. */
function printCards(teams, title) {
  const sheet = h(
    "div",
    { class: "print-sheet" },
    teams.map((team) => paperCard(team, title)),
  );
  document.body.append(sheet);
  addEventListener("afterprint", () => sheet.remove(), { once: true });
  print();
}

function paperCard(team, title) {
  return h(
    "article",
    { class: "paper-card" },
    h("p", { class: "paper-hunt" }, title),
    h("h2", {}, team.name),
    h("p", { class: "paper-code" }, team.code),
    h("p", {}, t("paperHow", { address: location.host })),
    h("p", { class: "paper-link" }, joinLink(team.code)),
    h("p", { class: "paper-long" }, t("paperLong", { code: team.long_code })),
  );
}
