/** A message in a team's panel: one line that leads to the queue. */

import { timeOfDay } from "../common/clock.js";
import { h } from "../common/dom.js";
import { t } from "../common/texts.js";

const SIGNS = { open: "✉", claimed: "◐", done: "✓" };

export function messageLine(desk, message) {
  return h(
    "li",
    { class: "row" },
    h("time", { class: "number soft" }, timeOfDay(message.at)),
    h(
      "button",
      {
        type: "button",
        class: "link grow",
        onclick: () => desk.go("messages", { message: message.id }),
      },
      message.text,
    ),
    h("span", { class: "soft nowrap" }, `${SIGNS[message.state]} ${t(`message_${message.state}`)}`),
  );
}
