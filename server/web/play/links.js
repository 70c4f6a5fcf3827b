/** Claims that came by a deep link or a scan; kept until there is a session to claim with. */

import { t } from "../common/texts.js";
import { placeOf } from "./model.js";

/**
 * @param {import("./game.js").Game} game
 * @param {{open: (id: string) => void, useCode: (code: string) => void,
 *   follow: (action: Object) => void, openId: string|null}} sheet
 * @param {(text: string, look?: Object) => void} toast
 */
export function createLinks(game, sheet, toast) {
  /** Claim with a link's code, or open the place where more is asked for. */
  function claim({ at, code }) {
    const place = placeOf(game.model, at);
    if (place && place.state !== "open") return sheet.open(at);
    const asksForMore = place && place.proof.some((kind) => kind !== "code");
    if (place) sheet.open(at);
    if (asksForMore) return sheet.useCode(code);
    const action = game.claim(at, { code });
    if (place) sheet.follow(action);
    else toast(t("linkSent"), { sign: "up" });
  }

  function claimKept() {
    const { link } = game.memory;
    if (!link || !game.isOpen || !game.hasSession || !game.model) return;
    game.memory.link = null;
    claim(link);
  }

  return {
    claimKept,
    /** Remember a link until it can be claimed, which may be now. */
    keep(link) {
      game.memory.link = link;
      claimKept();
    },
    /** The camera read a code; `place` is where people were when they began to scan. */
    scanned(link, place) {
      if (link.at) return claim(link);
      if (place) {
        if (sheet.openId !== place) sheet.open(place);
        return sheet.useCode(link.code);
      }
      const fitting = game.model.team.locations.filter(
        (one) => one.state === "open" && one.proof.includes("code"),
      );
      if (fitting.length === 1) claim({ at: fitting[0].id, code: link.code });
      else toast(t("scanWhere"), { kind: "warn", sign: "scan" });
    },
  };
}
