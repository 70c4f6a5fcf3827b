/** Says what happened while people look elsewhere: outcomes, finds of the others, new places. */

import { t } from "../common/texts.js";
import { placeOf } from "./model.js";
import { endOf, isHarmless, labelOf, nameOf } from "./outcome.js";

/**
 * @param {import("./game.js").Game} game
 * @param {(text: string, look: Object) => void} toast
 * @param {{openId: string|null, follow: (action: Object) => void}} sheet
 */
export function tellNews(game, toast, sheet) {
  game.on("answer", (action) => {
    const { message } = action;
    const isRefused = action.state === "refused";
    const isAboutPlace = message.t === "claim" || message.t === "hint";
    if (isAboutPlace && sheet.openId === message.location) {
      if (message.t === "claim" || isRefused) sheet.follow(action);
      return;
    }
    if (message.t === "claim" || (isRefused && !isHarmless(action))) {
      const look = isRefused ? { kind: "bad", sign: "cross" } : { kind: "good", sign: "check" };
      const about = isAboutPlace ? nameOf(game.model, message.location) : labelOf(action, game.model);
      toast(`${about}: ${endOf(action, game.model)}`, look);
    }
    const unlocked = action.answer.unlocked?.length ?? 0;
    if (unlocked) toast(t("unlocked", { count: unlocked }), { kind: "good", sign: "pin" });
  });
  game.on("push", (message, before) => {
    if (message.t !== "location" || !message.location || !before) return;
    const { id } = message.location;
    const was = placeOf(before, id);
    const isFound = message.location.state === "found" && was?.state === "open";
    if (isFound) toast(t("teamFound", { place: nameOf(game.model, id) }), { kind: "good", sign: "check" });
    else if (!was) toast(t("unlocked", { count: 1 }), { kind: "good", sign: "pin" });
  });
}
