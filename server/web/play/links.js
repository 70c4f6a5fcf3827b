/** Claims that came by a deep link or a scan; kept until there is a session to claim with. */

import { t } from "../common/texts.js";
import { placeOf } from "./model.js";

export class Links {
  /**
   * @param {import("./game.js").Game} game
   * @param {import("./place.js").PlaceSheet} sheet
   * @param {(text: string, look?: Object) => void} toast
   */
  constructor(game, sheet, toast) {
    this._game = game;
    this._sheet = sheet;
    this._toast = toast;
  }

  /** Remember a link until it can be claimed, which may be now. */
  keep(link) {
    this._game.memory.link = link;
    this.claimKept();
  }

  claimKept() {
    const game = this._game;
    const { link } = game.memory;
    if (!link || !game.isOpen || !game.hasSession || !game.model) return;
    game.memory.link = null;
    this._claim(link);
  }

  /** The camera read a code; `place` is where people were when they began to scan. */
  scanned(link, place) {
    if (link.at) return this._claim(link);
    if (place) {
      if (this._sheet.openId !== place) this._sheet.open(place);
      return this._sheet.useCode(link.code);
    }
    const fits = (one) => one.state === "open" && one.proof.includes("code");
    const fitting = this._game.model.team.locations.filter(fits);
    if (fitting.length === 1) this._claim({ at: fitting[0].id, code: link.code });
    else this._toast(t("scanWhere"), { kind: "warn", sign: "scan" });
  }

  /** Claim with a link's code, or open the place where more is asked for. */
  _claim({ at, code }) {
    const sheet = this._sheet;
    const place = placeOf(this._game.model, at);
    if (place) sheet.open(at);
    if (place && place.state !== "open") return;
    if (place?.proof.some((kind) => kind !== "code")) return sheet.useCode(code);
    const action = this._game.claim(at, { code });
    if (place) sheet.follow(action);
    else this._toast(t("linkSent"), { sign: "up" });
  }
}
