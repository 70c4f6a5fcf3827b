/** The player's page: makes every part and ties them together. The only file that knows all. */

import { drawSoon, h, show } from "../common/dom.js";
import { holdAlone } from "../common/store.js";
import { loadTexts, t } from "../common/texts.js";
import { createActivity } from "./activity.js";
import { Announcements } from "./announcements.js";
import { createBoard } from "./board.js";
import { createCover } from "./covers.js";
import { Game } from "./game.js";
import { createHeader } from "./header.js";
import { icon } from "./icons.js";
import { Join } from "./join.js";
import { isSameTeam, linkOf } from "./link.js";
import { Links } from "./links.js";
import { Locator } from "./locator.js";
import { MapTab } from "./map.js";
import { Memory } from "./memory.js";
import { Menu, createInstall } from "./menu.js";
import { createMessages } from "./messages.js";
import { tellNews } from "./news.js";
import { createPhase } from "./phase.js";
import { PlaceSheet } from "./place.js";
import { createPlaces } from "./places.js";
import { Scanner, canScan } from "./scanner.js";
import { Tabs } from "./tabs.js";
import { createToasts } from "./toast.js";
import { createWake } from "./wake.js";

const TICK_MS = 1000;

await loadTexts("play");
run(build(new Game(new Memory())));

/** Make all parts of the page. */
function build(game) {
  const page = { game, app: null, tab: { state: "waiting", takeOver: () => {} } };
  const draw = drawSoon(() => drawAll(page));
  const toast = createToasts();
  const locator = new Locator(game, draw);
  const wake = createWake(game);
  const scanner = canScan() ? new Scanner((link, place) => links.scanned(link, place)) : null;
  const sheet = new PlaceSheet(game, locator, scanner && ((id) => scanner.open(id)));
  const links = new Links(game, sheet, toast);
  const menu = new Menu(game, { locator, wake, install: createInstall(draw) });
  tellNews(game, toast, sheet);
  return Object.assign(page, {
    draw,
    toast,
    locator,
    wake,
    sheet,
    links,
    menu,
    header: createHeader(game, () => menu.open()),
    tabs: buildTabs(game, { locator, scanner, openPlace: (id) => sheet.open(id) }),
    announcements: new Announcements(game),
    join: new Join(game),
    cover: createCover(game, { takeOver: () => page.tab.takeOver() }),
  });
}

function buildTabs(game, { locator, scanner, openPlace }) {
  const look = { class: "button primary", type: "button", onclick: () => scanner.open() };
  const scan = scanner && h("button", look, icon("scan"), t("scan"));
  const phase = createPhase(game);
  const activity = createActivity(game);
  const nodes = { phase: phase.node, activity: activity.node, scan };
  const list = createPlaces(game, openPlace, nodes);
  return new Tabs({
    places: { node: list.node, draw: () => [phase, activity, list].forEach((one) => one.draw()) },
    map: new MapTab(game, locator, openPlace),
    board: createBoard(game),
    messages: createMessages(game),
  });
}

/** Put the parts on the page, listen, and begin. */
function run(page) {
  const { game, draw, locator, wake, links, header, tabs, announcements, join, cover, tab } = page;
  const app = h(
    "div",
    { class: "app", hidden: true },
    header.node,
    header.strip,
    announcements.node,
    h("main", { class: "panels" }, tabs.panels),
    tabs.bar,
  );
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
  addEventListener("hashchange", () => useLink(page));
  addEventListener("pagehide", () => tab.state === "held" && game.keepView());
  const isForClaim = useLink(page);
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
function useLink({ game, links, join, toast }) {
  const link = linkOf(location.hash);
  if (!link) return false;
  history.replaceState(null, "", location.pathname);
  if (link.join) {
    join.useCode(link.join);
    const isOther = game.hasSession && !isSameTeam(link.join, game.memory.player.code);
    if (isOther) toast(t("joinElsewhere"), { kind: "warn" });
  }
  if (link.at) links.keep(link);
  return Boolean(link.at);
}

function drawAll({ game, sheet, menu, header, tabs, announcements, join, cover, tab, app }) {
  const isElsewhere = tab.state === "lost" || tab.state === "elsewhere";
  const isIn = game.hasSession && game.model !== null;
  const wasIn = !app.hidden;
  const isCovered = cover.draw(isElsewhere);
  show(join.node, !isIn && tab.state !== "waiting");
  show(app, isIn);
  app.inert = join.node.inert = isCovered; // Else the keyboard reaches what lies under the cover.
  document.title = isIn ? `${game.model.team.name} · ${t("appName")}` : t("appName");
  if (!isIn) join.draw();
  if (!isIn || isCovered) {
    // They would lie above whatever says that nothing can be done here.
    for (const one of [sheet, menu, announcements]) one.close();
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
