/** Where the names of places on a map stand, so that they can be read: no DOM here. */

/**
 * Choose for each label the side of its dot where it covers nothing that is there already.
 * @param {{x: number, y: number, width: number, height: number}[]} marks Dots, with the sizes of
 *   their labels, in pixels.
 * @param {{width: number, height: number}} canvas
 * @param {number} dot A dot's radius, with the gap to its label.
 * @returns {("right"|"left"|"below"|"above")[]}
 */
export function labelSides(marks, canvas, dot) {
  const taken = marks.map(({ x, y }) => box(x - dot, y - dot, 2 * dot, 2 * dot));
  return marks.map((mark, index) => {
    const others = taken.filter((_, other) => other !== index);
    const choices = ["right", "left", "below", "above"].map((side) => {
      const place = labelBox(mark, side, dot);
      const covered = others.reduce((sum, one) => sum + overlap(place, one), 0);
      return { side, place, cost: covered + 4 * outside(place, canvas) };
    });
    const best = choices.reduce((one, other) => (other.cost < one.cost ? other : one));
    taken.push(best.place);
    return best.side;
  });
}

function box(x, y, width, height) {
  return { x, y, width, height };
}

function labelBox({ x, y, width, height }, side, dot) {
  if (side === "right") return box(x + dot, y - height / 2, width, height);
  if (side === "left") return box(x - dot - width, y - height / 2, width, height);
  return box(x - width / 2, side === "below" ? y + dot : y - dot - height, width, height);
}

function overlap(one, other) {
  const wide = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x);
  const high = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y);
  return Math.max(0, wide) * Math.max(0, high);
}

function outside(one, canvas) {
  return one.width * one.height - overlap(one, box(0, 0, canvas.width, canvas.height));
}
