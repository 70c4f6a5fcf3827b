"""The map of the player's page, with Leaflet and without, and practice at a desk."""

from typing import Any

from playwright.async_api import Route, expect

from actors.domain.events import LocationFound
from tests.integration.clients import Message
from tests.integration.games import location, plan
from tests.integration.states import read_journal
from tests.pages.people import Player, part, shown
from tests.pages.stage import Stage

LIGHT = {"proof": ["position"], "radius_m": 40, "on_map": True}
PLACES = [
    location("light", at=[57.7072, 11.9668], **LIGHT),
    location("tower", at=[57.7172, 11.9668], **LIGHT),
    location("cellar", at=[57.7100, 11.9600], code="DARK"),
]
DESK = plan(PLACES, practice=True)
STREETS = plan(PLACES)


async def ada_at_the_map(stage: Stage, document: Message, **phone: Any) -> Player:
    game = await stage.seed(document)
    ada = Player(await stage.phone("/", **phone))
    await ada.join(game.codes["otters"], "Ada")
    await ada.turn_to("map")
    return ada


async def test_in_practice_a_tap_on_the_map_walks_there(stage: Stage) -> None:
    ada = await ada_at_the_map(stage, DESK)
    await expect(ada.page.get_by_text("Practice: tap the map")).to_be_visible()
    await expect(ada.page.locator(".pin")).to_have_count(2)
    await ada.page.locator(".leaflet-container").click(position={"x": 60, "y": 60})
    await expect(ada.page.locator(".me")).to_be_visible()
    await ada.open_place("light")
    await part(ada.page, "claim-button").click()
    await expect(part(ada.page, "outcome")).to_contain_text("not near enough")
    await ada.leave_place()
    await ada.turn_to("map")
    await part(ada.page, "walk", place="light").click()
    await ada.open_place("light")
    await part(ada.page, "claim-button").click()
    await expect(ada.page.locator(".celebration-points")).to_have_text("+10")
    finds = [one.event for one in read_journal(stage.server.db)]
    assert [find.location for find in finds if isinstance(find, LocationFound)] == ["light"]


async def test_without_practice_a_tap_moves_nobody(stage: Stage) -> None:
    ada = await ada_at_the_map(stage, STREETS)
    await expect(ada.page.locator(".pin")).to_have_count(2)
    await ada.page.locator(".leaflet-container").click(position={"x": 60, "y": 60})
    await expect(ada.page.get_by_text("Practice: tap the map")).to_be_hidden()
    await expect(ada.page.locator(".me")).to_have_count(0)
    await expect(shown(ada.page, "walk")).to_have_count(0)


async def test_the_own_position_is_shown_with_its_accuracy(stage: Stage) -> None:
    ada = await ada_at_the_map(stage, STREETS, at=(57.7075, 11.9660))
    await shown(ada.page, "consent-own").click()
    await expect(ada.page.locator(".me")).to_be_visible()
    await expect(ada.page.get_by_text("You, to")).to_be_visible()


async def test_a_place_found_by_this_phone_is_on_its_map_at_once(stage: Stage) -> None:
    ada = await ada_at_the_map(stage, STREETS)
    await ada.claim("cellar", code="dark")
    await expect(ada.page.locator(".celebration-points")).to_have_text("+10")
    await ada.leave_place()
    await ada.turn_to("map")
    await expect(ada.page.locator(".pin.found")).to_have_count(1)


async def test_without_leaflet_positions_stand_on_a_plain_ground(stage: Stage) -> None:
    async def nothing(route: Route) -> None:
        await route.fulfill(body="", content_type="text/javascript")

    game = await stage.seed(DESK)
    ada = Player(await stage.phone("/", service_workers="block"))
    await ada.person.context.route("**/leaflet.js", nothing)
    await ada.join(game.codes["otters"], "Ada")
    await ada.turn_to("map")
    await expect(ada.page.locator(".ground-place")).to_have_count(2)
    await ada.page.locator(".ground").click(position={"x": 60, "y": 200})
    await expect(ada.page.locator(".ground-me")).to_be_visible()
