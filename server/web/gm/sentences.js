/** Events and commands as sentences that people read. */

import { h } from "../common/dom.js";
import { hasText, t } from "../common/texts.js";
import { phaseFree, valuesOf } from "./sentence_values.js";
import { nameLink, placeName, plain, rich, teamName } from "./words.js";

const SIGNS = {
  location_found: "✓",
  claim_failed: "✗",
  hint_bought: "?",
  hint_granted: "?",
  team_spoke: "✉",
  announced: "»",
  announcement_seen: "◉",
  player_joined: "+",
  team_steered: "→",
  find_voided: "✕",
  find_restored: "↺",
  points_adjusted: "±",
  location_closed: "⊘",
  location_opened: "○",
  team_disqualified: "■",
  team_reinstated: "○",
  hunt_started: "▶",
  hunt_resumed: "▶",
  hunt_paused: "❚❚",
  hunt_finished: "■",
  leaderboard_frozen: "❄",
  leaderboard_thawed: "☀",
};

export const signOfEvent = (kind) => SIGNS[kind] ?? "·";

/**
 * A sentence with links to the team and the place.
 * @param {import("./desk.js").Desk} desk
 * @param {{kind: string, data: Object}} event
 * @returns {(Node|string)[]}
 */
export function sentence(desk, event) {
  const key = keyOf(event);
  if (!hasText(key)) return [phaseFree(event.kind)];
  const { team, location } = event.data;
  const parts = rich(key, {
    ...valuesOf(desk.model, event),
    ...(team && { team: nameLink(desk, "team", team) }),
    ...(location && { place: nameLink(desk, "place", location) }),
  });
  const { reason } = event.data;
  const isOwnReason = reason && event.kind !== "claim_failed";
  return isOwnReason ? [...parts, h("span", { class: "soft" }, ` – ${reason}`)] : parts;
}

/** Some kinds are told in several ways. */
function keyOf({ kind, data }) {
  if (kind === "location_found")
    return data.bonus ? "event_location_found_bonus" : "event_location_found";
  if (kind === "claim_failed" && data.locked_until) return "event_claim_failed_locked";
  if (kind === "message_handled") return `event_message_${data.state}`;
  if (kind === "hunt_extended" && data.seconds < 0) return "event_hunt_shortened";
  return `event_${kind}`;
}

/** A command of this console, as it stands in the list of own commands. */
export function describe(model, request) {
  const key = `command_${request.t}`;
  if (!hasText(key)) return request.t;
  return plain(key, {
    ...request,
    team: teamName(model, request.team),
    place: placeName(model, request.location),
    minutes: request.seconds ? Math.round(request.seconds / 60) : "",
    step: request.step ? t(`step_${request.step}`) : "",
    state: request.state ? t(`message_${request.state}`) : "",
    mode: request.mode ? t(`mode_${request.mode}`) : "",
  });
}
