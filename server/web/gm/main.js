/** The game master's console: puts its parts together. */

import { hasText, loadTexts, t } from "../common/texts.js";
import {
  chooseHunt,
  forgetToken,
  remember,
  remembered,
  rememberName,
  takeInvitation,
} from "./credentials.js";
import { makeDesk } from "./desk.js";
import { Link } from "./link.js";
import { makeNotices } from "./notices.js";
import { makeShell } from "./shell.js";
import { makeSignIn } from "./signin.js";
import { makeStation } from "./station.js";

const DRAW_EVERY_MS = 1000; // Clocks and ages go on when nothing comes in.
const TOO_MANY_TRIES = 4029;

await loadTexts("gm");
document.title = t("gmTitle");
const root = document.getElementById("root");
let link = null;
let page = null;

/** The form; somebody who comes with an invitation link finds its token filled in. */
function makeForm(invitation, problem) {
  const known = remembered();
  const token = invitation ?? known.token;
  const form = makeSignIn({ ...known, token, problem }, (given) => connect(given, form));
  return form;
}

function showSignIn(invitation = null, problem = "") {
  link?.stop();
  link = page = null;
  if (invitation) chooseHunt(null);
  root.replaceChildren(makeForm(invitation, problem).node);
}

function signOut() {
  link.forgetPlans();
  forgetToken();
  showSignIn();
}

function connect(credentials, form) {
  rememberName(credentials.name);
  const notices = makeNotices();
  const line = new Link(credentials, {
    onModel(message) {
      if (!page) open(line, credentials, notices);
      page.onMessage?.(message);
      page.draw();
    },
    onChange: () => (page ? page.draw() : tellWhyNot(line, form)),
    onRefused: (action) => page?.onRefused(action),
    onEnd,
  });
  link = line;
  line.start();
}

function open(line, credentials, notices) {
  remember(credentials);
  const desk = makeDesk(line, notices, signOut);
  page = line.model.you.rights === "station" ? makeStation(desk) : makeShell(desk);
  root.replaceChildren(page.node, notices.node);
}

/** Nothing came of signing in yet: say why, once the first try has failed. */
function tellWhyNot(line, form) {
  if (line.state !== "offline" || line !== link) return;
  if (!form.node.isConnected) root.replaceChildren(form.node);
  const isTooMany = line.problem?.code === TOO_MANY_TRIES;
  form.say(isTooMany ? t("end_too_many_tries") : t("signUnreachable"));
}

/** The server sent us away. Another tab that took the session over is no reason to sign in. */
function onEnd(end) {
  if (end.name === "taken_over" && page) {
    page.onTakenOver();
    return;
  }
  if (end.name === "not_authorised") forgetToken();
  showSignIn(null, endText(end));
}

function endText(end) {
  const key = `end_${end.name}`;
  return hasText(key) ? t(key) : t("end_other", { message: end.message || String(end.code) });
}

const invitation = takeInvitation();
const known = remembered();
if (known.token && known.name && !invitation) connect(known, makeForm(null, ""));
else showSignIn(invitation);
setInterval(() => page?.draw(), DRAW_EVERY_MS);
addEventListener("hashchange", () => {
  const token = takeInvitation();
  if (token) showSignIn(token);
});
