/** The leaderboard: rows glide to their new ranks; what does not fit takes turns. */

import { fill, h, keyedList, setAttribute, setText, show } from "../common/dom.js";
import { number, t } from "../common/texts.js";
import { glide } from "./glide.js";
import { layout, moveOf } from "./model.js";

const ROW_REM_MIN = 3; // Lower rows cannot be read from the back of a room.
const ROW_REM_MAX = 6.5;
const ROOMY_ROWS = 8; // With no more above each other, letters are larger.
const COLUMN_REM_MIN = 25;
const TURN_MS = 12_000;
const LONG_NAME = 20; // Characters from which a name is smaller, on two lines.

export class Board {
  constructor() {
    this._title = h("h2");
    this._count = h("p", { class: "soft number" });
    this._frozen = h(
      "p",
      { class: "frozen", hidden: true },
      h("span", { class: "frozen-sign", "aria-hidden": "true" }, "❄"),
      h("strong", {}, t("frozen")),
      h("span", { class: "frozen-note" }, t("frozenNote")),
    );
    this._rows = h("ol", { class: "rows" });
    this._page = h("p", { class: "page number soft" });
    this.node = h(
      "section",
      { class: "board", "aria-label": t("leaderboard") },
      h("div", { class: "panel-head" }, this._title, this._count),
      this._frozen,
      this._rows,
      this._page,
    );
    this._nodes = new Map();
    this._list = keyedList(
      this._rows,
      (row) => this._create(row),
      (node, row) => this._update(node, row),
    );
    this._shown = [];
    new ResizeObserver(() => this._redraw()).observe(this._rows);
  }

  draw(model, now) {
    [this._model, this._now] = [model, now];
    const { rows, more, isFrozen, hunt } = model;
    const count = rows.length + more;
    setText(this._title, t(hunt.phase === "finished" ? "finalStandings" : "standings"));
    setText(this._count, count ? t("teams", { count }) : t("noTeams"));
    show(this._frozen, isFrozen);
    setAttribute(this.node, "data-frozen", isFrozen);
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const fits = Math.max(1, Math.floor(this._rows.clientHeight / (ROW_REM_MIN * rem)));
    const columns = this._rows.clientWidth >= 2 * COLUMN_REM_MIN * rem ? 2 : 1;
    const turn = Math.floor(performance.now() / TURN_MS);
    this._place = layout(rows.length, fits, columns, turn);
    this._drawPage(count);
    const { pinned, from, to } = this._place;
    this._arrange([...rows.slice(0, pinned), ...rows.slice(from, to)]);
  }

  _redraw() {
    if (this._model) this.draw(this._model, this._now);
  }

  _drawPage(count) {
    const { pinned, from, to, pages } = this._place;
    const { rows, more } = this._model;
    const isPaged = pages > 1;
    const texts = [];
    if (isPaged) texts.push(t("pageOf", { from: from + 1, to, count }));
    else if (more && Math.max(pinned, to) >= rows.length) texts.push(t("andMore", { count: more }));
    setText(this._page, texts.join(" · "));
    show(this._page, texts.length > 0);
  }

  /** Put the rows where they belong; those that were in view before glide there. */
  _arrange(rows) {
    const { rows: perColumn, columns } = this._place;
    const key = [perColumn, columns, ...rows.map((row) => row.team)].join("\n");
    const isMoving = key !== this._key;
    this._key = key;
    const settle = isMoving ? glide(this._nodes.values()) : () => {};
    this._rows.style.setProperty("--rows", perColumn);
    this._rows.style.setProperty("--columns", columns);
    setAttribute(this._rows, "data-roomy", perColumn <= ROOMY_ROWS);
    this._rows.style.setProperty("--row-max", `${ROW_REM_MAX}rem`);
    this._nodes.clear();
    this._list(rows, (row) => row.team);
    settle(this._nodes.values());
  }

  _create(row) {
    const parts = {
      rank: h("span", { class: "rank number" }),
      move: h("span", { class: "move" }),
      name: h("span", { class: "name" }),
      score: h("span", { class: "score number" }),
      bar: h("span", { class: "bar", "aria-hidden": "true" }),
    };
    const node = h(
      "li",
      { class: "row", "data-test": "board-row", "data-team": row.team },
      parts.bar,
      parts.rank,
      parts.name,
      parts.move,
      parts.score,
    );
    node.parts = parts;
    return node;
  }

  _update(node, row) {
    this._nodes.set(row.team, node);
    const { rank, move, name, score, bar } = node.parts;
    const best = Math.max(1, this._model.rows[0]?.score ?? 1);
    setAttribute(node, "data-rank", row.rank <= 3 ? row.rank : null);
    setText(rank, row.rank);
    setText(name, row.name);
    setAttribute(name, "data-long", row.name.length > LONG_NAME);
    setText(score, number(row.score));
    const share = Math.min(1, Math.max(0, row.score / best));
    bar.style.setProperty("--share", share.toFixed(3));
    this._updateMove(node, move, moveOf(this._model, row.team, this._now));
  }

  _updateMove(node, move, by) {
    const shown = this._model.isFrozen ? 0 : by;
    setAttribute(node, "data-move", shown > 0 ? "up" : shown < 0 ? "down" : null);
    if (move.dataset.by === String(shown)) return;
    move.dataset.by = shown;
    const count = Math.abs(shown);
    const [sign, words] = shown > 0 ? ["▲", "up"] : ["▼", "down"];
    fill(
      move,
      shown !== 0 && h("span", { "aria-hidden": "true" }, `${sign}${count}`),
      shown !== 0 && h("span", { class: "visually-hidden" }, t(words, { count })),
    );
  }
}
