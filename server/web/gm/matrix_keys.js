/** The matrix by keyboard: one cell is in the order of Tab, arrows move from cell to cell. */

const STEPS = {
  ArrowRight: [0, 1],
  ArrowLeft: [0, -1],
  ArrowDown: [1, 0],
  ArrowUp: [-1, 0],
  PageDown: [10, 0],
  PageUp: [-10, 0],
};

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} grid
 */
export function moveInGrid(event, grid) {
  const cell = event.target.closest(".m-cell");
  if (!cell) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    cell.click();
    return;
  }
  const next = neighbour(cell, event);
  if (!next) return;
  event.preventDefault();
  grid.querySelector(".m-cell[tabindex='0']")?.setAttribute("tabindex", "-1");
  next.tabIndex = 0;
  next.focus();
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function neighbour(cell, { key }) {
  const row = cell.parentNode;
  const cells = [...row.children].filter((one) => one.classList.contains("m-cell"));
  if (key === "Home") return cells[0];
  if (key === "End") return cells.at(-1);
  if (!(key in STEPS)) return null;
  const [down, right] = STEPS[key];
  const rows = [...row.parentNode.children];
  const rowAt = clamp(rows.indexOf(row) + down, rows.length);
  const at = clamp(cells.indexOf(cell) + right, cells.length);
  return rows[rowAt].children[at + 1];
}

const clamp = (index, length) => Math.max(0, Math.min(length - 1, index));
