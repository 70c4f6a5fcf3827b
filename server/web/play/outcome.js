/** What became of an action, in plain words. */

import { hasText, t } from "../common/texts.js";
import { placeOf } from "./model.js";

/** Sentences of the server that say no more than our own for the same reason. */
const PLAIN_ANSWERS = /^(That is not the answer\.|This place asks for an answer\.)/;

/** `ticks` only when nothing can take it back any more. */
const STATE_SIGNS = {
  queued: "clock",
  sent: "up",
  accepted: "check",
  saved: "ticks",
  refused: "cross",
};

/** The sign of how an action stands. */
export function signOf(action) {
  return isHarmless(action) ? "check" : STATE_SIGNS[action.state];
}

/** Tells actions apart, of other sessions too: each session begins at 1. */
export const keyOf = ({ n, madeAt }) => `${n} ${madeAt}`;

/** What was asked, as a short line. */
export function labelOf(action, model) {
  const { message } = action;
  const place = message.location && nameOf(model, message.location);
  switch (message.t) {
    case "claim":
      return t("actClaim", { place, proof: message.code ?? message.answer ?? t("yourPosition") });
    case "hint":
      return t("actHint", { place, number: message.hint + 1 });
    case "say":
      return t("actSay", { text: message.text });
    default:
      return t("actSeen", { number: message.announcement });
  }
}

/** How it stands, or how it ended. */
export function outcomeOf(action, model) {
  const { state } = action;
  if (state === "queued" || state === "sent")
    return t(state === "sent" ? "stateSent" : "stateQueued");
  const words = endOf(action, model);
  return state === "accepted" ? `${words}. ${t("stateAccepted")}` : words;
}

/** How it ended, whether or not that is saved. */
export function endOf(action, model) {
  return action.state === "refused" ? refusalOf(action.answer) : doneWords(action, model);
}

function doneWords({ message, answer }, model) {
  // "Dealt with before": its own answer was lost on the way.
  const isOld = !answer || answer.reason === "already_applied";
  if (message.t === "claim") {
    if (!isOld) return t("outFound", { points: answer.points ?? 0 });
    const isFound = model && placeOf(model, message.location)?.state === "found";
    return t(isFound ? "outFoundBefore" : "outDealtWith");
  }
  if (message.t === "hint")
    return isOld ? t("outHintBefore") : t("outHint", { cost: answer.cost ?? 0 });
  return t(message.t === "say" ? "outSaid" : "outSeen");
}

/** Why something was refused. A near miss keeps the words that its author wrote. */
export function refusalOf(answer) {
  const { reason, message = "" } = answer;
  if (reason === "wrong_answer" && message && !PLAIN_ANSWERS.test(message)) return message;
  return hasText(`why_${reason}`) ? t(`why_${reason}`) : message || reason;
}

/** A refusal that is no mistake of anybody: it need not be shown in red. */
export function isHarmless(action) {
  return ["no_change", "already_found", "already_bought"].includes(action.answer?.reason);
}

export function nameOf(model, location) {
  return (model && placeOf(model, location)?.name) ?? location;
}
