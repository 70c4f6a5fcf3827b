"""Several hunts on one console: what is shown of one is never another's."""

from playwright.async_api import expect

from tests.integration.games import SIMPLE, location, plan
from tests.pages.people import GameMaster, part
from tests.pages.stage import Stage

MARSH = plan([location("pier", name="The Marsh Pier")], hunt="marsh")


async def test_another_hunt_comes_with_its_own_words(stage: Stage) -> None:
    harbour = await stage.seed(SIMPLE)
    grace = GameMaster(await stage.desktop("/gm"))
    await grace.connect()
    await harbour.gm.done("announce", text="Rain at the harbour.")
    await grace.turn_to("announce")
    told = part(grace.page, "announcement")
    await expect(told).to_contain_text("Rain at the harbour.")
    await grace.turn_to("places")
    pier = part(grace.page, "place-row", place="pier")
    await expect(pier).to_contain_text("Pier")
    await harbour.gm.done("seed", plan=MARSH)
    await harbour.gm.done("announce", text="Fog on the marsh.", hunt="marsh")
    await grace.page.reload()
    await grace.turn_to("hunts")
    await part(grace.page, "hunt", hunt="harbour").locator("visible=true").first.click()
    await grace.turn_to("announce")
    await expect(told).to_contain_text("Rain at the harbour.")
    await grace.turn_to("places")
    await expect(pier).to_be_visible()
    await grace.turn_to("hunts")
    await part(grace.page, "hunt", hunt="marsh").last.click()
    await grace.turn_to("announce")
    await expect(told).to_contain_text("Fog on the marsh.")
    await grace.turn_to("places")
    await expect(pier).to_contain_text("The Marsh Pier")
