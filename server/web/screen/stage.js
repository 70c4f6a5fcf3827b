/** The device under a big screen: kept awake, filled, and without a mouse pointer in the way. */

const POINTER_HIDES_MS = 3000;

/** Keep the screen from going dark, for as long as the page is in view. */
export function stayAwake() {
  if (!("wakeLock" in navigator)) return; // Not over plain http, and not everywhere.
  const ask = () => {
    if (document.visibilityState !== "visible") return;
    navigator.wakeLock.request("screen").catch(() => {}); // A low battery may forbid it.
  };
  document.addEventListener("visibilitychange", ask);
  ask();
}

/** Fill the screen with F or a double click, and leave it the same way. */
export function useWholeScreen() {
  const toggle = () => {
    const change = document.fullscreenElement
      ? document.exitFullscreen()
      : document.documentElement.requestFullscreen?.();
    change?.catch(() => {});
  };
  addEventListener("dblclick", toggle);
  addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof HTMLInputElement;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key.toLowerCase() === "f" && isPlain && !isTyping) toggle();
  });
  let timer = 0;
  const showPointer = () => {
    document.documentElement.classList.remove("idle");
    clearTimeout(timer);
    timer = setTimeout(() => document.documentElement.classList.add("idle"), POINTER_HIDES_MS);
  };
  addEventListener("pointermove", showPointer);
  showPointer();
}
