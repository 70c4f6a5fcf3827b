"""The service worker: the player's page opens without a network, and is replaced as a whole."""

import json
import re

from playwright.async_api import Page, expect

from server.tiles import OSM_TILES
from server.web_files import shell_paths, web_files
from tests.pages.people import part
from tests.pages.stage import Stage

KEPT = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    const requests = await (await caches.open(name)).keys();
    found[name] = requests.map((request) => new URL(request.url).pathname).sort();
  }
  return found;
}"""

UNTIL_KEPT = """async (name) => {
  while ((await caches.keys()).join() !== name) await new Promise((go) => setTimeout(go, 20));
}"""

IS_CONTROLLED = "() => navigator.serviceWorker.controller !== null"


def version(tiles: object) -> str:
    """The version that a server with these tiles gives its page."""
    line = web_files(tiles)["/sw.js"].plain.body.decode()  # type: ignore[arg-type]
    found = re.match(r"const SHELL = (\{.*\});", line)
    assert found is not None
    return str(json.loads(found[1])["version"])


async def is_kept(page: Page) -> None:
    """Wait until the page is on the phone."""
    await page.wait_for_function(IS_CONTROLLED)


async def test_a_phone_keeps_the_players_page_and_nothing_else(stage: Stage) -> None:
    page = (await stage.phone()).page
    await is_kept(page)
    await page.evaluate("() => Promise.all(['/healthz', '/gm'].map((path) => fetch(path)))")
    table = web_files(OSM_TILES)
    assert await page.evaluate(KEPT) == {f"cairn-shell-{version(OSM_TILES)}": shell_paths(table)}


async def test_the_page_opens_without_a_network_and_the_console_does_not(stage: Stage) -> None:
    person = await stage.phone()
    await is_kept(person.page)
    async with person.offline():
        await person.page.goto(f"{stage.origin}/?from=a+sign#join=K7QX3M2P")
        await expect(part(person.page, "join-code")).to_have_value("K7QX3M2P")
        for path in ("/gm", "/screen", "/healthz", "/settings"):
            failed = await person.page.evaluate(
                "(path) => fetch(path).then(() => false, () => true)", path
            )
            assert failed, path
    await person.page.reload()
    await expect(part(person.page, "join-code")).to_be_visible()


async def test_a_new_version_replaces_the_old_one_as_a_whole(stage: Stage) -> None:
    person = await stage.phone()
    await is_kept(person.page)
    old, new = version(OSM_TILES), version(None)
    async with stage.outage():
        stage.server.options = ("--tiles", "off")
    await person.page.reload()  # The old page, at once; the new one is fetched behind it.
    await person.page.evaluate(UNTIL_KEPT, f"cairn-shell-{new}")
    assert old != new
    await person.page.reload()
    settings = await person.page.evaluate("() => fetch('/settings.json').then((a) => a.json())")
    assert settings["tiles"] is None


SPOIL = """async () => {
  const [name] = await caches.keys();
  const cache = await caches.open(name);
  const headers = { "Content-Type": "text/javascript" };
  await cache.put("/web/common/texts.js", new Response("throw new Error('old')", { headers }));
}"""


async def test_other_pages_get_their_modules_from_the_network(stage: Stage) -> None:
    person = await stage.phone()
    await is_kept(person.page)
    await person.page.evaluate(SPOIL)
    read = "() => fetch('/web/common/texts.js').then((answer) => answer.text())"
    assert "old" in await person.page.evaluate(read), "the player's page gets what was kept"
    screen = await person.new_tab("/screen#hunt=nowhere")
    await expect(part(screen, "hunt-form")).to_be_visible()
