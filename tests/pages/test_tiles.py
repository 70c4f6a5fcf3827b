"""Map tiles are the one thing that pages fetch from elsewhere, and only if the server says so."""

import pytest

from scripts.browser import TILES
from tests.integration.games import HARBOUR
from tests.pages.people import GameMaster, Player
from tests.pages.stage import Stage

TILE = ".leaflet-tile-loaded"


async def look_at_maps(stage: Stage) -> tuple[Player, GameMaster]:
    """A player and a game master with a map before them; places are on both."""
    game = await stage.seed(HARBOUR)
    otters = await game.join("otters")
    position = {"lat": 57.7072, "lon": 11.9668}
    await otters.done("claim", location="light", position=position)
    ada, grace = Player(await stage.phone()), GameMaster(await stage.desktop("/gm"))
    await ada.join(game.codes["otters"], "Ada")
    await ada.turn_to("map")
    await grace.connect()
    for page in (ada.page, grace.page):
        await page.locator(".leaflet-marker-icon").first.wait_for()
    return ada, grace


async def test_maps_show_tiles(stage: Stage) -> None:
    for one in await look_at_maps(stage):
        await one.page.locator(TILE).first.wait_for()
        assert [url for url in one.person.watch.requests if url.startswith(TILES)]


@pytest.mark.parametrize("stage", [("--tiles", "off")], indirect=True)
async def test_without_tiles_maps_work_and_nothing_leaves_the_server(stage: Stage) -> None:
    for one in await look_at_maps(stage):
        await one.page.wait_for_load_state("networkidle")
        assert await one.page.locator(TILE).count() == 0
        assert not [url for url in one.person.watch.requests if url.startswith(TILES)]
