"""A console at its seams: another hunt in view, a fresh welcome, a second tab."""

import json

from playwright.async_api import expect

from tests.integration.games import SIMPLE, location, plan
from tests.pages.people import GameMaster, part
from tests.pages.stage import Stage

KEPT_HOLDS = "(word) => JSON.stringify({...localStorage}).includes(word)"

SECRET = plan([location("attic", code="NIGHTINGALE")], hunt="attic")
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


async def test_whom_an_announcement_is_for_does_not_change_while_it_is_written(
    stage: Stage,
) -> None:
    harbour = await stage.seed(SIMPLE)
    grace = GameMaster(await stage.desktop("/gm"))
    await grace.connect()
    await grace.turn_to("announce")
    await part(grace.page, "announce-to").select_option("terns")
    await part(grace.page, "announce-text").fill("Only you are wrong.")
    async with grace.person.offline():
        await expect(part(grace.page, "banner")).to_be_visible()
    await expect(part(grace.page, "banner")).to_be_hidden()
    await expect(part(grace.page, "announce-to")).to_have_value("terns")
    await part(grace.page, "announce-button").click()
    told = await harbour.gm.take("announcement")
    assert told["announcement"]["to"] == ["terns"]


async def test_a_station_in_a_second_tab_can_be_worked_from_there(stage: Stage) -> None:
    harbour = await stage.seed(SIMPLE)
    invited = await harbour.gm.done("invite", name="Pia", role="station", location="pier")
    link = f"/gm#token={invited['staff']['token']}"
    pia = await stage.phone(link)
    second = await pia.new_tab(link)
    for page in (pia.page, second):
        await part(page, "gm-name").fill("Pia")
        await part(page, "gm-connect").click()
        await expect(part(page, "station")).to_contain_text("Pier")
    await expect(part(second, "close-place")).to_be_hidden()
    await part(second, "banner").get_by_role("button").click()
    await part(second, "close-place").click()
    await part(second, "confirm").click()
    await expect(part(second, "place-state")).to_have_attribute("data-open", "false")
    await expect(part(pia.page, "banner")).to_be_visible()


async def test_who_signs_out_leaves_no_plan_on_the_device(stage: Stage) -> None:
    await stage.seed(SIMPLE)
    grace = GameMaster(await stage.desktop("/gm"))
    await grace.connect()
    await grace.turn_to("hunts")
    async with grace.person.offline():
        await expect(part(grace.page, "banner")).to_be_visible()
        await part(grace.page, "seed-text").fill(json.dumps(SECRET))
        await part(grace.page, "seed").click()
        await grace.page.wait_for_function(KEPT_HOLDS, arg="NIGHTINGALE")
        await grace.page.get_by_role("button", name="Sign out").click()
        await expect(part(grace.page, "token")).to_be_visible()
        kept = await grace.page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
        assert "NIGHTINGALE" not in kept
