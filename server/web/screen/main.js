/** The big screen: which hunt, the connection, and what keeps a screen going for days. */

import { serverNow } from "../common/clock.js";
import { Connection } from "../common/connection.js";
import { drawSoon } from "../common/dom.js";
import { tileSettings } from "../common/leaflet.js";
import { load, save } from "../common/store.js";
import { loadTexts } from "../common/texts.js";
import { askForHunt } from "./choice.js";
import { begin, take } from "./model.js";
import { stayAwake, useWholeScreen } from "./stage.js";
import { View } from "./view.js";

const HUNT_KEY = "cairn/screen/hunt";
const UNKNOWN_HUNT = 4504;
const AGAIN_MS = 5000; // A hunt that was set up anew is back at once; anything else may come back.
const TICK_MS = 250;

const root = document.getElementById("screen");
const tiles = tileSettings();

let connection = null;
let view = null;
let model = null;

const drawNow = () => view && model && view.draw(model, serverNow());
const draw = drawSoon(drawNow);

function huntOfAddress() {
  return new URLSearchParams(location.hash.slice(1)).get("hunt")?.trim() ?? "";
}

function open() {
  const hunt = huntOfAddress();
  connection?.stop();
  connection = view = model = null;
  if (hunt) watch(hunt);
  else choose(load(HUNT_KEY) ?? "");
}

function choose(hunt, problem = "") {
  view = model = null;
  askForHunt(root, hunt, problem, (chosen) => {
    const hash = `#${new URLSearchParams({ hunt: chosen })}`;
    if (location.hash === hash) open();
    else location.hash = hash;
  });
}

function watch(hunt) {
  view = new View(root, tiles);
  const mine = new Connection(() => ({ t: "watch", hunt }), {
    onWelcome: (welcome) => {
      save(HUNT_KEY, hunt);
      model = begin(welcome, model, serverNow());
      draw();
    },
    onMessage: (message) => {
      if (model) model = take(model, message, serverNow());
      draw();
    },
    onState: (state) => view?.showState(state, serverNow()),
    onEnd: (end) => {
      if (mine !== connection) return;
      if (end.code === UNKNOWN_HUNT && !model) choose(hunt, hunt);
      else setTimeout(() => mine === connection && mine.start(), AGAIN_MS);
    },
  });
  connection = mine;
  connection.start();
}

await loadTexts("screen");
stayAwake();
useWholeScreen();
addEventListener("hashchange", open);
setInterval(drawNow, TICK_MS);
open();
