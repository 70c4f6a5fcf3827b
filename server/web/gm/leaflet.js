/** Leaflet, loaded when the first map is shown; and whose map tiles this server lets pages load. */

let loading = null;

/** @returns {Promise<Object>} Leaflet's `L`. */
export function loadLeaflet() {
  // Marks are moved by their place on the page: as layers of their own, a hundred of them would
  // cost the browser more than everything else on the console.
  window.L_DISABLE_3D = true;
  loading ??= new Promise((resolve, reject) => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = "/web/leaflet/leaflet.css";
    const script = document.createElement("script");
    script.src = "/web/leaflet/leaflet.js";
    script.onload = () => (window.L ? resolve(window.L) : reject(new Error("no Leaflet")));
    script.onerror = () => reject(new Error("no Leaflet"));
    document.head.append(style, script);
  });
  return loading;
}

/** @returns {Promise<{url: string, attribution: string, max_zoom: number}|null>} */
export async function tileSettings() {
  if (!navigator.onLine) return null;
  try {
    const response = await fetch("/settings.json");
    return response.ok ? ((await response.json()).tiles ?? null) : null;
  } catch {
    return null;
  }
}
