/** Whose map tiles this server lets pages load. */

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
