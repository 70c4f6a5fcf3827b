/** Messages of players as a queue: who waits longest comes first; claim it, answer it, done. */

import { fill, h, keyedList, show } from "../common/dom.js";
import { t } from "../common/texts.js";
import { drawMessage, makeMessage } from "./message_card.js";

const STATES = ["open", "claimed", "done"];
const DONE_SHOWN_MAX = 40;

/** @param {import("./desk.js").Desk} desk */
export function makeMessagesArea(desk) {
  const columns = new Map(STATES.map((state) => [state, makeColumn(desk, state)]));
  const node = h(
    "div",
    { class: "messages-area" },
    h("h1", { class: "visually-hidden" }, t("area_messages")),
    [...columns.values()].map((column) => column.node),
  );
  return {
    node,
    draw() {
      const all = [...desk.model.messages.values()];
      for (const [state, column] of columns) {
        const own = all.filter((message) => message.state === state);
        column.draw(state === "done" ? own.reverse().slice(0, DONE_SHOWN_MAX) : own);
      }
    },
    onShown({ message }) {
      if (!message) return;
      requestAnimationFrame(() => {
        const card = node.querySelector(`[data-id="${Number(message)}"]`);
        card?.scrollIntoView({ block: "nearest" });
        card?.querySelector("button")?.focus();
      });
    },
  };
}

function makeColumn(desk, state) {
  const list = h("ul", { class: "plain message-list" });
  const count = h("span", { class: "badge number" });
  const none = h("p", { class: "soft calm" }, t(`messagesNone_${state}`));
  const update = keyedList(
    list,
    (message) => makeMessage(desk, message),
    (node, message) => drawMessage(desk, node, message),
  );
  return {
    node: h(
      "section",
      { class: `card message-column ${state}` },
      h(
        "div",
        { class: "card-head row" },
        h("h2", { class: "grow" }, t(`messages_${state}`)),
        count,
      ),
      list,
      none,
    ),
    draw(messages) {
      fill(count, messages.length);
      update(messages, (message) => message.id);
      show(none, messages.length === 0);
    },
  };
}
