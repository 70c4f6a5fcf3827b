/** Opening and closing a place. Closing takes two steps: teams are on their way there. */

import { h, setAttribute, setText, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { setFlag } from "./flags.js";
import { twoStep } from "./twostep.js";
import { placeName } from "./words.js";

/**
 * @param {import("./desk.js").Desk} desk
 * @param {string} place
 * @param {string} [size] Class of the buttons.
 */
export function makeDoor(desk, place, size = "small") {
  const badge = h("span", { class: "badge", "data-test": "place-state" });
  const send = (request) =>
    desk.command(
      { t: request, location: place },
      t(`done_${request}`, { place: placeName(desk.model, place) }),
    );
  const open = h(
    "button",
    {
      type: "button",
      class: `button ${size}`,
      "data-test": "open-place",
      "data-place": place,
      onclick: () => send("open"),
    },
    t("do_open"),
  );
  const close = twoStep({
    label: t("do_close"),
    confirm: t("confirm_close"),
    test: "close-place",
    class: size,
    consequences: () => closeConsequences(desk, place),
    act: () => send("close"),
  });
  return { node: h("span", { class: "door row" }, badge, open, close), badge, open, close };
}

function closeConsequences({ model }, place) {
  const line = model.locations.get(place);
  const heading = [...model.teams.values()].filter((team) => team.target === place);
  const names = heading
    .slice(0, 5)
    .map((team) => team.name)
    .join(", ");
  return [
    t("close_1"),
    line.heading > 0
      ? t("close_2", { count: line.heading, teams: names || "…" })
      : t("close_2none"),
    t("close_3", { count: line.standing }),
  ];
}

export function drawDoor(desk, door, place) {
  const { open } = desk.model.locations.get(place);
  setText(door.badge, open ? `● ${t("placeOpen")}` : `⊘ ${t("placeClosed")}`);
  setAttribute(door.badge, "class", open ? "badge good" : "badge bad");
  setFlag(door.badge, "data-open", open);
  show(door.open, !open && desk.may("open", place));
  show(door.close, open && desk.may("close", place));
}
