/** What the placeholders of an event's sentence stand for. */

import { t } from "../common/texts.js";
import { signed } from "./words.js";

/**
 * @param {import("./model.js").Model} model
 * @param {{kind: string, data: Object}} event
 * @returns {Object<string, string|number>}
 */
export function valuesOf(model, { kind, data }) {
  return {
    ...data,
    // The simple Markdown of announcements, without its signs.
    text: (data.text ?? "").replace(/[*`]+/g, ""),
    points: kind === "points_adjusted" ? signed(data.points) : data.points,
    rank: data.rank ?? 1,
    hint: (data.hint ?? 0) + 1,
    by: data.name ?? data.player ?? "",
    why: data.message || (data.reason ? t(`claim_${data.reason}`) : ""),
    to: audienceWords(model, data.to),
    minutes: data.seconds ? Math.abs(Math.round(data.seconds / 60)) : "",
    role: data.role ? t(`rights_${data.role}`) : "",
    message: messageWords(model, data.message),
  };
}

function audienceWords(model, to) {
  if (!to) return t("toAll");
  const ids = [to].flat();
  if (ids.length > 3) return t("toTeams", { count: ids.length });
  return ids.map((id) => model.teams.get(id)?.name ?? id).join(", ");
}

function messageWords(model, id) {
  const message = model.messages.get(id);
  return message ? t("quoted", { text: message.text }) : "";
}

/** A kind that nobody wrote a sentence for: its name, with spaces. */
export const phaseFree = (kind) => kind.replaceAll("_", " ");
