/** The player's page: makes every part and ties them together. The only file that knows all. */

import { drawSoon, h, show } from "../common/dom.js";
import { holdAlone } from "../common/store.js";
import { loadTexts, t } from "../common/texts.js";
import { createActivity } from "./activity.js";
import { createAnnouncements } from "./announcements.js";
import { createBoard } from "./board.js";
import { createCover } from "./covers.js";
import { Game } from "./game.js";
import { createHeader } from "./header.js";
import { icon } from "./icons.js";
import { createJoin } from "./join.js";
import { linkOf } from "./link.js";
import { createLinks } from "./links.js";
import { Locator } from "./locator.js";
import { createMap } from "./map.js";
import { Memory } from "./memory.js";
import { createInstall, createMenu } from "./menu.js";
import { createMessages } from "./messages.js";
import { tellNews } from "./news.js";
import { createPhase } from "./phase.js";
import { createPlaceSheet } from "./place.js";
import { createPlaces } from "./places.js";
import { canScan, createScanner } from "./scanner.js";
import { createTabs } from "./tabs.js";
import { createToasts } from "./toast.js";
import { createWake } from "./wake.js";

const TICK_MS = 1000;

await loadTexts("play");
const page = build(new Game(new Memory()));
run(page);

/** Make all parts of the page. */
function build(game) {
  const draw = drawSoon(() => drawAll(page));
  const toast = createToasts();
  const locator = new Locator(game, draw);
  const wake = createWake(game);
  const install = createInstall(draw);
  const scanner = canScan() ? createScanner((link, place) => links.scanned(link, place)) : null;
  const sheet = createPlaceSheet(game, locator, scanner && ((id) => scanner.open(id)));
  const links = createLinks(game, sheet, toast);
  const menu = createMenu(game, { locator, wake, install });
  const header = createHeader(game, () => menu.open());
  const scan = scanner && h("button", { class: "button primary", type: "button", onclick: () => scanner.open() }, icon("scan"), t("scan"));
  const phase = createPhase(game);
  const activity = createActivity(game);
  const parts = { phase: phase.node, activity: activity.node, scan };
  const list = createPlaces(game, (id) => sheet.open(id), parts);
  const drawPlaces = () => [phase, activity, list].forEach((part) => part.draw());
  const tabs = createTabs({
    places: { node: list.node, draw: drawPlaces },
    map: createMap(game, locator, (id) => sheet.open(id)),
    board: createBoard(game),
    messages: createMessages(game),
  });
  const announcements = createAnnouncements(game);
  tellNews(game, toast, sheet);
  const join = createJoin(game);
  const tab = { state: "waiting", takeOver: () => {} };
  const cover = createCover(game, { takeOver: () => tab.takeOver() });
  return { game, draw, locator, wake, sheet, links, menu, header, tabs, announcements, join, cover, tab };
}

/** Put the parts on the page, listen, and begin. */
function run(page) {
  const { game, draw, locator, wake, links, header, tabs, announcements, join, cover, tab } = page;
  const app = h("div", { class: "app", hidden: true }, header.node, header.strip, announcements.node, h("main", { class: "panels" }, tabs.panels), tabs.bar);
  document.getElementById("page").replaceChildren(join.node, app, cover.node);
  page.app = app;
  game.on("change", draw);
  game.on("push", (message) => {
    wake.update();
    if (message.t !== "welcome") return;
    locator.resume();
    links.claimKept();
  });
  setInterval(draw, TICK_MS);
  addEventListener("hashchange", () => useLink(links, join));
  addEventListener("pagehide", () => tab.state === "held" && game.keepView());
  const isForClaim = useLink(links, join);
  beAlone(page, isForClaim);
  if (window.isSecureContext && navigator.serviceWorker) {
    navigator.serviceWorker.register("/sw.js").catch(() => {}); // The page works without, online.
  }
}

/** One tab plays; a tab that was opened by scanning a code takes over, as people look at it. */
function beAlone({ game, tab, draw, links }, isForClaim) {
  const become = (state) => {
    const wasHeld = tab.state === "held";
    tab.state = state;
    if (state === "held") {
      game.open();
      links.claimKept();
    } else if (wasHeld) game.shut();
    draw();
  };
  tab.takeOver = holdAlone("cairn/play", {
    onHeld: () => become("held"),
    onLost: () => become("lost"),
    onWaiting: () => (isForClaim ? setTimeout(() => tab.takeOver()) : become("elsewhere")),
  });
}

/** @returns {boolean} Whether the address asked for a claim. */
function useLink(links, join) {
  const link = linkOf(location.hash);
  if (!link) return false;
  history.replaceState(null, "", location.pathname);
  if (link.join) join.useCode(link.join);
  if (link.at) links.keep(link);
  return Boolean(link.at);
}

function drawAll({ game, sheet, menu, header, tabs, announcements, join, cover, tab, app }) {
  const isElsewhere = tab.state === "lost" || tab.state === "elsewhere";
  const isIn = game.hasSession && game.model !== null;
  const wasIn = !app.hidden;
  cover.draw(isElsewhere);
  show(join.node, !isIn && tab.state !== "waiting");
  show(app, isIn);
  document.title = isIn ? `${game.model.team.name} · ${t("appName")}` : t("appName");
  if (!isIn) {
    if (wasIn) [sheet, menu].forEach((one) => one.close());
    join.draw();
    return;
  }
  if (!wasIn) tabs.open("places");
  header.draw();
  announcements.draw();
  tabs.draw();
  tabs.badge("messages", game.unread.length);
  sheet.draw();
  menu.draw();
}
