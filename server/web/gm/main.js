/** The game master's console: puts its parts together. */

import { loadTexts, t } from "../common/texts.js";
import { chooseHunt, forgetToken, remember, remembered, takeInvitation } from "./credentials.js";
import { makeDesk } from "./desk.js";
import { Link } from "./link.js";
import { makeNotices } from "./notices.js";
import { makeShell } from "./shell.js";
import { makeSignIn } from "./signin.js";
import { makeStation } from "./station.js";

await loadTexts("gm");
document.title = t("gmTitle");
const root = document.getElementById("root");
let link = null;

function showSignIn(problem = "") {
  link?.stop();
  link = null;
  const known = remembered();
  const invitation = takeInvitation();
  if (invitation) chooseHunt(null);
  root.replaceChildren(makeSignIn({ ...known, token: invitation ?? known.token, problem }, connect));
}

function signOut() {
  forgetToken();
  showSignIn();
}

function connect(credentials) {
  let page = null;
  const notices = makeNotices();
  const draw = () => page?.draw();
  link = new Link(credentials, {
    onModel(message) {
      if (!page) {
        remember(credentials);
        page = makePage(link, notices);
      }
      page.onMessage?.(message);
      page.draw();
    },
    onChange: draw,
    onRefused: (action) => page?.onRefused(action),
    onEnd: (end) => onEnd(end, page),
  });
  link.start();
}

function makePage(line, notices) {
  const desk = makeDesk(line, notices, signOut);
  const isStation = line.model.you.rights === "station";
  const page = isStation ? makeStation(desk) : makeShell(desk);
  root.replaceChildren(page.node, notices.node);
  setInterval(() => line === link && page.draw(), 1000);
  return page;
}

/** The server sent us away. Another tab that took the session over is no reason to sign in. */
function onEnd(end, page) {
  if (end.name === "taken_over" && page) {
    page.onTakenOver();
    return;
  }
  if (end.name === "not_authorised") forgetToken();
  showSignIn(endText(end));
}

function endText(end) {
  const key = `end_${end.name}`;
  const text = t(key);
  return text === key ? t("end_other", { message: end.message || String(end.code) }) : text;
}

const known = remembered();
const hasInvitation = new URLSearchParams(location.hash.slice(1)).has("token");
if (known.token && known.name && !hasInvitation) {
  root.replaceChildren();
  connect(known);
} else {
  showSignIn();
}
addEventListener("hashchange", () => {
  if (location.hash.includes("token=")) showSignIn();
});
