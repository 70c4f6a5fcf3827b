/** What a game master chose for this device: from when on teams warm up, how rows are sorted. */

import { load, save } from "../common/store.js";
import { HEAT_DEFAULT_MIN } from "./stuck.js";

const KEY = "cairn/gm/settings";
const DEFAULTS = { heat: HEAT_DEFAULT_MIN, sort: "rank", templates: null };

let settings = { ...DEFAULTS, ...load(KEY) };

/** @returns {{heat: number[], sort: string, templates: string[]|null}} */
export const currentSettings = () => settings;

export function changeSettings(change) {
  settings = { ...settings, ...change };
  save(KEY, settings);
}
