"""Names and texts of people who mean no good, on every page: shown as text, and nothing runs."""

import contextlib
import re
from collections.abc import Sequence

from playwright.async_api import Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

from tests.hostile_texts import LINKS, MARKUP
from tests.pages.hostile import URGENT, fill_with_talk, hostile_plan, names, sayings
from tests.pages.people import GameMaster, Player, part
from tests.pages.stage import NOWHERE, Person, Stage

ALARM = """
const title = Object.getOwnPropertyDescriptor(Document.prototype, "title");
Object.defineProperty(document, "title", {
  get() { return title.get.call(this); },
  set(text) {
    if (text === "owned" || String(text) === "1") console.error("owned: a script ran");
    title.set.call(this, text);
  },
});
"""
"""What the texts try to do, if anything of them runs, is to change the page's title."""

INTRUDERS = """() => {
  const isForeign = (address) => {
    const url = new URL(address, location.href);
    return url.protocol !== "blob:" && url.origin !== location.origin;
  };
  const never = ["iframe", "frame", "object", "embed", "base", "style", "math", "template",
    "animate", "foreignObject"];
  const isBad = (node) => {
    const name = node.localName;
    if (never.includes(name)) return true;
    if (name === "noscript" && node.parentNode !== document.body) return true;
    if (name === "meta" && node.httpEquiv) return true;
    if (name === "form" && node.hasAttribute("action")) return true;
    if (name === "script" && (!node.src || isForeign(node.src))) return true;
    if (name === "a" && node.hasAttribute("href")) {
      const isWeb = ["http:", "https:"].includes(node.protocol);
      if (!isWeb || (isForeign(node.href) && !node.relList.contains("noopener"))) return true;
    }
    if (name === "img" && node.src && isForeign(node.src) && !node.src.startsWith(TILES)
        && !node.src.startsWith("data:image/")) return true;
    return [...node.attributes].some(({ name }) => name.startsWith("on"));
  };
  return [...document.querySelectorAll("*")].filter(isBad).map((one) => one.outerHTML.slice(0, 300));
}""".replace("TILES", '"https://tile.openstreetmap.org/"')
"""Nodes that no page makes by itself."""

MISSING = r"""(texts) => {
  const bare = (text) => text.replace(/[\s\u2066-\u2069]/gu, "");
  const shown = bare(document.body.textContent);
  return texts.filter((text) => !shown.includes(bare(text)));
}"""
"""Those of these texts that stand nowhere on the page, letter by letter."""

OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

MARKDOWN = re.compile(r"[*_`\[\]#>\\-]")
"""Signs that mean something in a clue."""

PLAIN = [text for text in [*MARKUP.values(), *LINKS.values()] if not MARKDOWN.search(text)]


async def looks_harmless(page: Page, texts: Sequence[str] = ()) -> None:
    """No node came out of a text, these texts are there, and nothing sticks out at the side."""
    assert await page.evaluate(INTRUDERS) == []
    with contextlib.suppress(PlaywrightTimeout):  # Said better by the next line.
        await page.wait_for_function(f"(texts) => !({MISSING})(texts).length", arg=list(texts))
    assert await page.evaluate(MISSING, list(texts)) == []
    assert await page.evaluate(OVERFLOW) <= 0


async def alarmed(person: Person) -> Person:
    await person.context.add_init_script(ALARM)
    return person


async def test_the_players_page_shows_hostile_texts_and_runs_none(stage: Stage) -> None:
    game = await stage.seed(hostile_plan())
    team = game.teams[0]
    await fill_with_talk(game, team["id"])
    knows = await game.join(team["id"], "Knows")
    places = {one["id"]: one for one in knows.welcome["team"]["locations"]}
    person = await alarmed(await stage.phone(NOWHERE))
    await person.go("/")
    player = Player(person)
    await player.join(team["code"], MARKUP["image handler, quoted"][:32])
    await looks_harmless(player.page, [URGENT])
    await part(player.page.get_by_role("alertdialog"), "announcement-seen").click()
    await looks_harmless(player.page, [one["name"] for one in places.values()])
    for place, one in places.items():
        if one.get("clue") in PLAIN:
            await player.open_place(place)
            await looks_harmless(player.page, [one["name"], one["clue"]])
            await player.leave_place()
    await player.claim("place-2", answer="near")
    await looks_harmless(player.page, [f"{places['place-2']['clue']} (near)"])
    await player.leave_place()
    await player.buy_hint("place-4")
    await looks_harmless(player.page, [f"{places['place-4']['clue']} (hint)"])
    await player.leave_place()
    await player.turn_to("map")
    await looks_harmless(player.page)
    await player.turn_to("board")
    await looks_harmless(player.page, [one["name"] for one in game.teams])
    await player.turn_to("messages")
    await looks_harmless(player.page, PLAIN)


async def test_the_console_shows_hostile_texts_and_runs_none(stage: Stage) -> None:
    game = await stage.seed(hostile_plan())
    await fill_with_talk(game, game.teams[0]["id"])
    person = await alarmed(await stage.desktop(NOWHERE))
    await person.go("/gm")
    master = GameMaster(person)
    await master.connect(MARKUP["svg"])
    expected = {
        "teams": [one["name"] for one in game.teams],
        "places": names(64),
        "messages": sayings(500),
        "announce": sayings(1_000),
        "staff": [MARKUP["svg"]],
    }
    areas = await master.areas()
    assert set(expected) < set(areas)
    for area in areas:
        await master.turn_to(area)
        await looks_harmless(master.page, expected.get(area, ()))


async def test_the_big_screen_shows_hostile_texts_and_runs_none(stage: Stage) -> None:
    game = await stage.seed(hostile_plan())
    await fill_with_talk(game, game.teams[0]["id"])
    person = await alarmed(await stage.desktop(NOWHERE))
    await person.go(f"/screen#hunt={game.hunt}")
    await part(person.page, "board-row").first.wait_for()
    await looks_harmless(person.page, names(64)[:5])
    await game.gm.done("announce", text=MARKUP["closing tags"])
    await looks_harmless(person.page, [MARKUP["closing tags"]])
