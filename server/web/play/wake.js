/** Keeps the screen on while the hunt runs, if people want that. */

/** @param {import("./game.js").Game} game */
export function createWake(game) {
  let lock = null;
  let isAsking = false;
  const canKeep = "wakeLock" in navigator;

  async function update() {
    const isWanted =
      canKeep &&
      wants() &&
      game.model?.hunt.phase === "running" &&
      document.visibilityState === "visible";
    if (!isWanted) {
      lock?.release();
      lock = null;
    } else if (!lock && !isAsking) {
      isAsking = true;
      // The phone may say no, when its battery is low for example.
      lock = await navigator.wakeLock.request("screen").catch(() => null);
      lock?.addEventListener("release", () => (lock = null));
      isAsking = false;
    }
  }

  const wants = () => game.memory.choices.wake ?? true;
  document.addEventListener("visibilitychange", update);
  return {
    canKeep,
    wants,
    update,
    choose(isWanted) {
      game.memory.choose({ wake: isWanted });
      update();
    },
  };
}
