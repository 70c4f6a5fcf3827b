"""The big screen: what people in the hall see."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.integration.games import SIMPLE, Game, location, plan
from tests.pages.people import Audience, part
from tests.pages.stage import Person, Stage


async def hall_of(stage: Stage, game: Game, **more: Any) -> Person:
    return await stage.desktop(f"/screen#hunt={game.hunt}", scheme="dark", **more)


async def order_of(page: Page, *teams: str) -> None:
    """Wait until the board shows these teams in this order."""
    await page.wait_for_function(
        "(wanted) => [...document.querySelectorAll('[data-test=board-row]')]"
        ".map((row) => row.dataset.team).join() === wanted",
        arg=",".join(teams),
    )


async def test_the_hall_sees_who_leads_what_phase_it_is_and_what_is_announced(
    stage: Stage,
) -> None:
    game = await stage.seed(SIMPLE | {"duration": "2h", "title": "Harbour Lights"}, start=False)
    hall = Audience(await hall_of(stage, game))
    phase, clock = part(hall.page, "phase"), part(hall.page, "countdown")
    await expect(phase).to_have_attribute("data-state", "draft")
    await expect(hall.page.get_by_role("heading", name="Harbour Lights")).to_be_visible()
    await expect(hall.page.get_by_text(f"Open 127.0.0.1:{stage.server.port}")).to_be_visible()
    await game.gm.done("start")
    await expect(phase).to_have_attribute("data-state", "running")
    await expect(clock).to_have_text("1:59:59")
    await order_of(hall.page, "otters", "terns")
    terns = await game.join("terns")
    await terns.done("claim", location="pier", code="PIER")
    await order_of(hall.page, "terns", "otters")
    await hall.sees_score("terns", 10)
    await expect(part(hall.page, "board-row", team="terns")).to_have_attribute("data-move", "up")
    await game.gm.done("announce", text="**Rain** at four.", level="warning")
    await hall.sees_announcement("Rain at four.")
    await game.gm.done("pause")
    await expect(phase).to_have_attribute("data-state", "paused")
    await game.gm.done("finish")
    await expect(phase).to_have_attribute("data-state", "finished")
    await expect(hall.page.get_by_role("heading", name="Final standings")).to_be_visible()


async def test_frozen_standings_say_so_and_keep_still(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    hall = Audience(await hall_of(stage, game))
    await game.gm.done("freeze")
    await expect(hall.page.get_by_text("Standings are frozen")).to_be_visible()
    terns = await game.join("terns")
    await terns.done("claim", location="pier", code="PIER")
    await game.gm.done("announce", text="Later than the find.")
    await hall.sees_announcement("Later than the find.")
    await hall.sees_score("terns", 0)
    await order_of(hall.page, "otters", "terns")
    late = Audience(await hall_of(stage, game))
    await expect(late.page.get_by_text("Standings are frozen")).to_be_visible()
    await late.sees_score("terns", 0)
    await game.gm.done("thaw")
    await order_of(hall.page, "terns", "otters")
    await expect(hall.page.get_by_text("Standings are frozen")).to_be_hidden()


async def test_it_connects_again_by_itself_and_says_meanwhile_that_it_is_old(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    terns = await game.join("terns")
    await terns.done("claim", location="pier", code="PIER")
    await terns.saved(1)
    hall = Audience(await hall_of(stage, game))
    await hall.sees_score("terns", 10)
    async with stage.outage():
        await expect(hall.page.get_by_text("No connection. Standings as of")).to_be_visible()
        await hall.sees_score("terns", 10)
    await expect(hall.page.get_by_text("No connection. Standings as of")).to_be_hidden()
    gm = await stage.server.game_master()
    await gm.done("adjust", team="terns", points=5)
    await hall.sees_score("terns", 15)


async def test_a_hunt_that_is_set_up_anew_is_shown_anew(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    hall = await hall_of(stage, game)
    await order_of(hall.page, "otters", "terns")
    await game.gm.done("seed", plan=SIMPLE | {"title": "Second Try"}, replace=True)
    await expect(hall.page.get_by_role("heading", name="Second Try")).to_be_visible()


async def test_without_a_hunt_it_asks_and_remembers_what_was_chosen(stage: Stage) -> None:
    await stage.seed(SIMPLE)
    hall = await stage.desktop("/screen")
    field = part(hall.page, "hunt-id")
    await expect(field).to_be_focused()
    await field.fill("nowhere")
    await hall.page.keyboard.press("Enter")
    await expect(hall.page.get_by_role("alert")).to_contain_text("nowhere")
    await field.fill("harbour")
    await part(hall.page, "hunt-show").click()
    await order_of(hall.page, "otters", "terns")
    assert hall.page.url.endswith("/screen#hunt=harbour")
    await hall.go("/screen")
    await expect(field).to_have_value("harbour")


# Movement, map and finds --------------------------------------------------------------------


async def test_rows_glide_to_their_new_ranks_unless_somebody_wants_calm(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    glides = """() => {
      window.glides = 0;
      const animate = Element.prototype.animate;
      Element.prototype.animate = function (...how) {
        if (this.dataset.test === "board-row") window.glides += 1;
        return animate.apply(this, how);
      };
    }"""
    lively = await hall_of(stage, game, reduced_motion="no-preference")
    calm = await hall_of(stage, game)
    for hall in (lively, calm):
        await order_of(hall.page, "otters", "terns")
        await hall.page.evaluate(glides)
    await game.gm.done("adjust", team="terns", points=5)
    for hall in (lively, calm):
        await order_of(hall.page, "terns", "otters")
    assert await lively.page.evaluate("window.glides") == 2
    assert await calm.page.evaluate("window.glides") == 0


ON_MAP = plan(
    [
        location("pier", name="The Old <b>Pier</b>", at=[57.7072, 11.9668], on_map=True),
        location("mill", at=[57.7010, 11.9750], on_map=True),
        location("vault", at=[57.7033, 11.9611]),
    ]
)


async def test_places_stand_on_a_map_and_finds_in_a_list(stage: Stage) -> None:
    game = await stage.seed(ON_MAP)
    hall = await hall_of(stage, game)
    marks, finds = part(hall.page, "map-place"), part(hall.page, "find")
    await expect(marks).to_have_text(["The Old <b>Pier</b>", "Mill"])
    await expect(hall.page.get_by_text("© OpenStreetMap contributors")).to_be_visible()
    await game.gm.done("close", location="mill")
    await expect(marks.nth(1)).to_have_attribute("data-closed", "")
    terns, otters = await game.join("terns"), await game.join("otters")
    await terns.done("claim", location="vault", code="VAULT")
    await expect(finds).to_contain_text(["Terns"])
    await expect(finds).to_contain_text(["at a secret place"])
    await otters.done("claim", location="pier", code="PIER")
    await expect(finds).to_contain_text(["Otters", "Terns"])
    await expect(finds.first).to_contain_text("The Old <b>Pier</b>")
    await expect(marks.first).to_have_attribute("data-fresh", "")
    late = await hall_of(stage, game)
    await expect(part(late.page, "find")).to_contain_text(["Otters", "Terns"])
    assert [url for url in hall.watch.requests if url.startswith("https://tile")]


async def test_requests_for_tiles_alone_name_the_site(stage: Stage) -> None:
    game = await stage.seed(ON_MAP)
    hall = await stage.desktop("about:blank")
    named: asyncio.Queue[tuple[bool, str | None]] = asyncio.Queue()
    hall.page.on(
        "request",
        lambda one: named.put_nowait(("openstreetmap" in one.url, one.headers.get("referer"))),
    )
    await hall.go(f"/screen#hunt={game.hunt}")
    await expect(hall.page.locator(".leaflet-tile-loaded").first).to_be_visible()
    found = {named.get_nowait() for _ in range(named.qsize())}
    assert found == {(False, None), (True, f"{stage.origin}/")}


async def test_it_fills_the_screen_with_a_key_and_leaves_it_again(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    hall = await hall_of(stage, game)
    await order_of(hall.page, "otters", "terns")
    await hall.page.keyboard.press("f")
    await hall.page.wait_for_function("document.fullscreenElement !== null")
    await hall.page.dblclick("body")
    await hall.page.wait_for_function("document.fullscreenElement === null")


@pytest.mark.parametrize(
    "size", [(1920, 1080), (1280, 720), (3840, 2160), (1080, 1920), (1024, 768)]
)
async def test_nothing_is_cut_off_on_any_screen(stage: Stage, size: tuple[int, int]) -> None:
    names = [f"Team {'x' * (number % 40)} {number}" for number in range(60)]
    game = await stage.seed(plan([location("pier")], {"names": names}))
    viewport = {"width": size[0], "height": size[1]}
    hall = await hall_of(stage, game, viewport=viewport)
    await game.gm.done("announce", text="Rain at four.\n" * 70, level="urgent")
    await Audience(hall).sees_announcement("Rain")
    cut = await hall.page.evaluate(
        """() => [...document.querySelectorAll(".row, .head, .announcement, .board, .clock")]
          .map((node) => [node.className, node.getBoundingClientRect()])
          .filter(([, box]) => box.bottom > innerHeight + 1 || box.right > innerWidth + 1)
          .map(([name]) => name)"""
    )
    assert cut == []
    low = await hall.page.evaluate(
        "() => Math.min(...[...document.querySelectorAll('.row')].map((row) => row.offsetHeight))"
    )
    assert low >= size[1] / 60
