/** Movement: elements that were somewhere else before a change glide to where they are after it. */

const GLIDE_MS = 900;
const APPEAR_MS = 500;
const EASING = "cubic-bezier(0.22, 0.8, 0.24, 1)";

const wantsCalm = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Note where elements are. The function that comes back is called after the change, with the
 * elements that are there then.
 * @param {Iterable<HTMLElement>} nodes
 * @returns {(nodes: Iterable<HTMLElement>) => void}
 */
export function glide(nodes) {
  if (wantsCalm.matches || document.visibilityState !== "visible") return () => {};
  // Where they are seen, in the middle of an earlier glide too.
  const before = new Map([...nodes].map((node) => [node, node.getBoundingClientRect()]));
  return (nodesAfter) => {
    const after = [...nodesAfter];
    for (const node of after) for (const running of node.getAnimations()) running.cancel();
    const moves = after.map((node) => [node, before.get(node), node.getBoundingClientRect()]);
    for (const [node, from, to] of moves) {
      if (from) slide(node, from.left - to.left, from.top - to.top);
      else appear(node);
    }
  };
}

/** Let a new element come into view. */
export function appear(node) {
  if (wantsCalm.matches) return;
  const hidden = { opacity: 0, transform: "translateY(0.6rem)" };
  const shown = { opacity: 1, transform: "none" };
  node.animate([hidden, shown], { duration: APPEAR_MS, easing: "ease-out" });
}

function slide(node, x, y) {
  if (Math.abs(x) < 1 && Math.abs(y) < 1) return;
  const zIndex = y > 0 ? 2 : 1; // Who rises passes above who falls.
  const from = { transform: `translate(${x}px, ${y}px)`, zIndex };
  node.animate([from, { transform: "none", zIndex }], { duration: GLIDE_MS, easing: EASING });
}
