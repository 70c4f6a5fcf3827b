"""The player's page where its parts meet: a dead connection, other teams' links, sharing, covers."""

import asyncio
import os
import signal
import time

from playwright.async_api import expect

from actors.domain.events import LocationFound
from tests.integration.games import HARBOUR
from tests.integration.states import read_journal
from tests.pages.people import Player, part, shown
from tests.pages.stage import Stage
from tests.pages.test_play import ada_of

LIGHTHOUSE = (57.7072, 11.9668)


async def test_a_claim_that_a_dead_connection_swallowed_keeps_its_capture_time(
    stage: Stage,
) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    before = time.time()
    os.kill(stage.server.pid, signal.SIGSTOP)  # The socket looks alive; nobody reads it.
    await ada.claim("pier", code="lumen")
    await ada.leave_place()
    await ada.sees_action(1, "sent")
    captured = time.time()
    async with stage.outage():
        await ada.sees_connection("offline")
    await ada.sees_action(1, "saved")
    events = [one.event for one in await asyncio.to_thread(read_journal, stage.server.db)]
    (find,) = [one for one in events if isinstance(one, LocationFound)]
    assert find.captured_at is not None
    assert before <= find.captured_at <= captured


async def test_who_shares_the_position_is_on_the_map_of_the_game_masters_from_then_on(
    stage: Stage,
) -> None:
    game = await stage.seed(HARBOUR)
    ada = Player(await stage.phone("/", at=LIGHTHOUSE))
    await ada.join(game.codes["otters"], "Ada")
    await ada.turn_to("map")
    await shown(ada.page, "consent-share").click()
    await game.gm.take("position")
    await ada.turn_to("board")
    elsewhere = (57.71, 11.97)
    await ada.person.walk_to(elsewhere)
    await game.gm.take("position", lambda push: tuple(push["positions"]["otters"][:2]) == elsewhere)


async def test_an_urgent_announcement_outlasts_every_escape(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    await game.gm.done("announce", text="Leave the pier.", level="urgent")
    urgent = ada.page.get_by_role("alertdialog")
    await expect(urgent).to_be_visible()
    # What browsers do on a second Escape, which they do not let a page forbid.
    await ada.page.evaluate("document.querySelector('dialog.urgent').close()")
    await expect(urgent).to_be_visible()
    await part(urgent, "announcement-seen").click()
    await expect(urgent).to_be_hidden()


async def test_a_link_of_another_team_says_that_one_plays_already(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    told = ada.page.get_by_text("in another team already")
    own = game.codes["otters"].lower()
    await ada.page.evaluate("(code) => (location.hash = `join=${code}`)", own)
    await expect(ada.page).not_to_have_url(f"**join={own}")
    await expect(told).to_have_count(0)
    await ada.person.go(f"/#join={game.codes['terns']}")
    await expect(told).to_be_visible()
    await part(ada.page, "menu").click()
    await part(ada.page, "leave").click()
    await part(ada.page, "leave-confirm").click()
    await expect(part(ada.page, "join-code")).to_have_value(game.codes["terns"])


async def test_the_keyboard_stays_on_what_covers_the_page(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    second = await ada.person.new_tab("/")
    await expect(part(second, "take-over")).to_be_focused()
    await part(second, "take-over").click()
    await expect(part(ada.page, "cover")).to_be_visible()
    await expect(ada.page.locator(".app[inert]")).to_have_count(1)
    await part(ada.page, "take-over").click()
    await ada.sees_connection("online")
    await expect(ada.page.locator(".app[inert]")).to_have_count(0)


async def test_another_team_comes_with_its_own_words(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    await game.gm.done("announce", text="For the otters.", to=["otters"])
    await expect(part(ada.page, "announcement")).to_contain_text("For the otters.")
    await ada.say("We are otters.")
    await ada.sees_action(1, "saved")
    await ada.turn_to("messages")
    await expect(part(ada.page, "announcement-entry")).to_contain_text("For the otters.")
    await part(ada.page, "menu").click()
    await part(ada.page, "leave").click()
    await part(ada.page, "leave-confirm").click()
    await game.gm.done("seed", plan=HARBOUR | {"title": "Again"}, replace=True)
    await game.gm.done("start")
    await game.gm.done("announce", text="For the terns.", to=["terns"])
    await ada.join(game.codes["terns"], "Ada")
    await expect(part(ada.page, "announcement")).to_contain_text("For the terns.")
    await ada.say("We are terns.")
    await ada.sees_action(1, "saved")
    await ada.turn_to("messages")
    await expect(part(ada.page, "announcement-entry")).to_contain_text("For the terns.")
    await expect(part(ada.page, "said")).to_have_count(1)
    await expect(part(ada.page, "said")).to_contain_text("We are terns.")
