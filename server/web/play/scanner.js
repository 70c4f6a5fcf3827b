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

/**
 * @param {(link: import("./link.js").Link, place: string|null) => void} onFound `place`: where
 *   people were when they began to scan.
 */
export function createScanner(onFound) {
  const sheet = createSheet({ label: t("scanTitle"), class: "scanner", onClose: () => stop() });
  const video = h("video", { playsinline: true, muted: true, "aria-label": t("scanTitle") });
  const status = h("p", { role: "status" });
  sheet.body.append(h("div", { class: "viewfinder" }, video), status);
  let stream = null;
  let timer = 0;

  function stop() {
    clearTimeout(timer);
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
  }

  async function open(place = null) {
    sheet.open();
    fill(status, t("scanHelp"));
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      await video.play();
      look(new BarcodeDetector({ formats: ["qr_code"] }), place);
    } catch (error) {
      fill(status, t(error.name === "NotAllowedError" ? "scanDenied" : "scanFailed"));
    }
  }

  async function look(detector, place) {
    if (!stream) return;
    const codes = await detector.detect(video).catch(() => []);
    const link = codes.map((one) => scanned(one.rawValue)).find((one) => one?.code);
    if (link && stream) {
      sheet.close();
      onFound(link, place);
      return;
    }
    if (codes.length) fill(status, t("scanOther"));
    timer = setTimeout(() => look(detector, place), LOOK_EVERY_MS);
  }

  return { open };
}
