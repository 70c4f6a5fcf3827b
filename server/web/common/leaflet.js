/** Loads Leaflet when a map is needed, and never before; and whose pictures a map may show. */

import { h } from "./dom.js";

const SCRIPT = "/web/leaflet/leaflet.js";
const STYLE = "/web/leaflet/leaflet.css";

let loaded = null;

/** @returns {Promise<Object|null>} Leaflet, or null when it could not be loaded. */
export function leaflet() {
  loaded ??= Promise.all([
    arrived(h("link", { rel: "stylesheet", href: STYLE })),
    arrived(h("script", { src: SCRIPT })),
  ])
    .then(() => window.L)
    .catch(() => (loaded = null));
  return loaded;
}

function arrived(node) {
  return new Promise((resolve, reject) => {
    node.onload = resolve;
    node.onerror = reject;
    document.head.append(node);
  });
}

/** @returns {Promise<{url: string, attribution: string, max_zoom: number}|null>} */
export async function tileSettings() {
  try {
    const answer = await fetch("/settings.json");
    return answer.ok ? ((await answer.json()).tiles ?? null) : null;
  } catch {
    return null;
  }
}

/**
 * The pictures of a map. Their requests alone say which site they come from: OpenStreetMap asks
 * for that, and the pages' own rule is to say nothing.
 * @param {Object} L Leaflet.
 * @param {{url: string, max_zoom: number}} tiles Of the server's settings.
 * @param {Object} [more] Further options of the layer.
 */
export function tileLayer(L, tiles, more = {}) {
  return L.tileLayer(tiles.url, {
    maxNativeZoom: tiles.max_zoom,
    maxZoom: tiles.max_zoom + 3,
    referrerPolicy: "strict-origin-when-cross-origin",
    ...more,
  });
}
