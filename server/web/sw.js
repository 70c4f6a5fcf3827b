/**
 * Keeps the player's page on the phone, so that it opens at once and without a network.
 *
 * The server writes a line above this one: `SHELL`, the version of the page and its files. When
 * any of them changes, so does that line; the browser then installs this anew, beside the old
 * one, and all files change together. A page never gets some of the old and some of the new.
 *
 * Nothing else is kept or answered here: no health, no export, no map pictures, and the console
 * and the big screen always come from the network.
 */

/* global SHELL */

const CACHE = `cairn-shell-${SHELL.version}`;
const FILES = new Set(SHELL.files);
const PAGE = "/";

self.addEventListener("install", (event) => {
  event.waitUntil(install());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(activate());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const isOurs = request.method === "GET" && url.origin === location.origin;
  if (!isOurs || !FILES.has(url.pathname)) return;
  if (request.mode === "navigate") event.respondWith(kept(request, url.pathname));
  else event.respondWith(part(event, url.pathname));
});

async function install() {
  const cache = await caches.open(CACHE);
  // All or none. "no-cache" asks the server whether the browser's own copy is still the one.
  await cache.addAll(SHELL.files.map((path) => new Request(path, { cache: "no-cache" })));
  await self.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith("cairn-shell-") && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

/** What was kept; the network only for what, against all odds, was not. */
async function kept(request, path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path, { ignoreVary: true })) ?? fetch(request);
}

/** A file of a page: the player's comes from here; other pages' come with them from the network. */
async function part(event, path) {
  const page = await self.clients.get(event.clientId);
  const isPlayers = page && new URL(page.url).pathname === PAGE;
  return isPlayers ? kept(event.request, path) : fetch(event.request);
}
