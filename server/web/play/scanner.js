/** Reading QR codes with the camera, where the browser can; elsewhere the camera app does it. */

import { fill, h } from "../common/dom.js";
import { t } from "../common/texts.js";
import { scanned } from "./link.js";
import { createSheet } from "./sheet.js";

const LOOK_EVERY_MS = 200;

/** Whether this browser can read QR codes by itself. */
export function canScan() {
  return "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);
}

export class Scanner {
  /**
   * @param {(link: import("./link.js").Link, place: string|null) => void} onFound `place`: where
   *   people were when they began to scan.
   */
  constructor(onFound) {
    this._onFound = onFound;
    const label = t("scanTitle");
    this._sheet = createSheet({ label, class: "scanner", onClose: () => this._stop() });
    this._video = h("video", { playsinline: true, muted: true, "aria-label": label });
    this._status = h("p", { role: "status" });
    this._sheet.body.append(h("div", { class: "viewfinder" }, this._video), this._status);
    this._stream = null;
    this._timer = 0;
  }

  /** @param {string|null} [place] */
  async open(place = null) {
    this._sheet.open();
    fill(this._status, t("scanHelp"));
    try {
      const wanted = { video: { facingMode: "environment" } };
      this._stream = await navigator.mediaDevices.getUserMedia(wanted);
      if (!this._sheet.isOpen) return this._stop();
      this._video.srcObject = this._stream;
      await this._video.play();
      this._look(new BarcodeDetector({ formats: ["qr_code"] }), place);
    } catch (error) {
      fill(this._status, t(error.name === "NotAllowedError" ? "scanDenied" : "scanFailed"));
    }
  }

  async _look(detector, place) {
    const codes = await detector.detect(this._video).catch(() => []);
    if (!this._stream) return;
    const link = codes.map((one) => scanned(one.rawValue)).find((one) => one?.code);
    if (link) {
      this._sheet.close();
      this._onFound(link, place);
      return;
    }
    if (codes.length) fill(this._status, t("scanOther"));
    this._timer = setTimeout(() => this._look(detector, place), LOOK_EVERY_MS);
  }

  _stop() {
    clearTimeout(this._timer);
    for (const track of this._stream?.getTracks() ?? []) track.stop();
    this._stream = null;
  }
}
