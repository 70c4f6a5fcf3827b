"""The player's page, as one phone sees it. A whole hunt is in test_whole_hunt.py."""

import asyncio
import re
import time
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from actors.domain.events import LocationFound, TeamSpoke
from tests.integration.games import HARBOUR, Game
from tests.integration.states import read_journal
from tests.pages.people import Player, part, shown
from tests.pages.stage import Stage

LOCKING = HARBOUR | {
    "scoring": {"finder_bonus": [20], "wrong_claim": -1, "lockout": {"after": 2, "for": "10m"}}
}


async def ada_of(stage: Stage, game: Game, path: str = "/") -> Player:
    """Ada of the Otters, who has joined."""
    ada = Player(await stage.phone(path))
    await ada.join(game.codes["otters"], "Ada")
    return ada


def outcome(page: Page) -> Locator:
    """Where an open place's sheet says what became of a claim."""
    return part(page, "outcome").locator(".outcome-line")


async def test_a_player_joins_with_the_code_of_a_deep_link(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = Player(await stage.phone(f"/#join={game.codes['otters'].lower()}"))
    await part(ada.page, "join-name").fill("Ada")
    await part(ada.page, "join-button").click()
    await expect(part(ada.page, "team-name")).to_have_text("Otters")
    await expect(part(ada.page, "place")).to_have_count(3)
    assert game.codes["otters"].lower() not in ada.page.url


async def test_a_wrong_code_is_told_in_plain_words_and_can_be_mended(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = Player(await stage.phone())
    await part(ada.page, "join-code").fill("2222 2222")
    await part(ada.page, "join-name").fill("Ada")
    await part(ada.page, "join-button").click()
    await expect(ada.page.get_by_text("No team has this code")).to_be_visible()
    await ada.join(game.codes["otters"], "Ada")
    await expect(part(ada.page, "team-name")).to_have_text("Otters")


async def test_a_reload_resumes_without_asking(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    await ada.page.reload()
    await ada.sees_connection("online")
    await expect(part(ada.page, "team-name")).to_have_text("Otters")
    await expect(part(ada.page, "join-form")).to_be_hidden()


async def test_a_right_code_finds_the_place_and_gets_two_ticks(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    await ada.claim("pier", code="lumen")
    await expect(ada.page.locator(".celebration-points")).to_have_text("+70")
    await expect(outcome(ada.page)).to_have_attribute("data-state", "saved")
    await expect(ada.page.get_by_text("1 new place to find").first).to_be_visible()
    await ada.leave_place()
    await ada.sees_place("pier", "found")
    await ada.sees_place("vault", "open")
    await ada.sees_action(1, "saved")
    await ada.sees_score(70)
    await ada.turn_to("board")
    own = part(ada.page, "board-row", team="otters")
    await expect(own).to_have_attribute("aria-current", "true")
    await expect(own).to_contain_text("70")


async def test_wrong_answers_cost_points_and_lock_the_place(stage: Stage) -> None:
    game = await stage.seed(LOCKING)
    ada = await ada_of(stage, game)
    await ada.claim("mill", answer="bread")
    told = outcome(ada.page)
    await expect(told).to_contain_text("Close. Earlier.")
    await expect(told).to_contain_text("That cost 1 point. You have -1.")
    await part(ada.page, "claim-answer").fill("stones")
    await part(ada.page, "claim-button").click()
    await expect(told).to_contain_text("That is not the answer.")
    await expect(part(ada.page, "claim-button")).to_be_disabled()
    await expect(part(ada.page, "claim-button")).to_have_text(re.compile(r"Locked for (10|9):\d\d"))
    await ada.leave_place()
    await ada.sees_action(2, "refused")


async def test_a_hint_shows_its_price_before_it_is_bought(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    await ada.open_place("pier")
    await expect(part(ada.page, "hint-button", hint=0)).to_contain_text("10 points")
    await expect(part(ada.page, "hint-button", hint=1)).to_be_disabled()
    await part(ada.page, "hint-button", hint=0).click()
    await ada.sees_score(0)
    await expect(shown(ada.page, "hint-confirm")).to_have_text("Buy for 10 points")
    await shown(ada.page, "hint-confirm").click()
    await expect(ada.page.get_by_text("It floats.")).to_be_visible()
    await ada.sees_score(-10)


async def test_three_actions_wait_offline_and_are_done_once_with_their_capture_time(
    stage: Stage,
) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    before = time.time()
    async with ada.person.offline():
        await ada.sees_connection("offline")
        await ada.claim("pier", code="lumen")
        await expect(outcome(ada.page)).to_contain_text("Waits to be sent")
        await ada.leave_place()
        await ada.claim("mill", answer="flour")
        await ada.leave_place()
        await ada.say("No signal here.")
        await ada.sees_action(1, "queued")
        await expect(ada.page.get_by_text("3 actions wait").first).to_be_visible()
        captured = time.time()
    for n in (1, 2, 3):
        await ada.sees_action(n, "saved")
    await ada.sees_score(70 + 50)
    finds, talk = await what_the_journal_holds(stage.server.db)
    assert [find.location for find in finds] == ["pier", "mill"]
    for find in finds:
        assert find.captured_at is not None and before <= find.captured_at <= captured
    assert talk == ["No signal here."]


async def what_the_journal_holds(db: Path) -> tuple[list[LocationFound], list[str]]:
    events = [record.event for record in await asyncio.to_thread(read_journal, db)]
    finds = [one for one in events if isinstance(one, LocationFound)]
    return finds, [one.text for one in events if isinstance(one, TeamSpoke)]


async def test_only_one_tab_plays_and_another_can_take_over(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    second = await ada.person.new_tab("/")
    await expect(part(second, "cover")).to_contain_text("another tab")
    await part(second, "take-over").click()
    await expect(part(second, "team-name")).to_have_text("Otters")
    await expect(part(second, "connection")).to_have_attribute("data-state", "online")
    await expect(part(ada.page, "cover")).to_be_visible()
    await second.close()
    await expect(part(ada.page, "cover")).to_be_hidden()
    await ada.sees_connection("online")


async def test_a_scanned_link_is_claimed_by_the_new_tab(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    second = await ada.person.new_tab("/#at=pier&code=LUMEN")
    await expect(second.locator(".celebration-points")).to_have_text("+70")
    await expect(part(ada.page, "cover")).to_be_visible()


async def test_a_link_that_came_before_joining_is_claimed_afterwards(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = Player(await stage.phone("/#at=pier&code=LUMEN"))
    await expect(ada.page.get_by_text("Your scanned code is kept")).to_be_visible()
    await ada.join(game.codes["otters"], "Ada")
    await expect(ada.page.locator(".celebration-points")).to_have_text("+70")
    await ada.leave_place()
    await ada.page.reload()
    await ada.sees_score(70)
    await expect(part(ada.page, "action")).to_have_count(1)


async def test_an_announcement_stays_until_it_is_seen_and_the_game_masters_learn(
    stage: Stage,
) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    await game.gm.done("announce", text="Rain at **four**.", level="warning")
    banner = part(ada.page, "announcement")
    await expect(banner).to_contain_text("Rain at four.")
    await ada.page.reload()
    await expect(banner).to_be_visible()
    await part(banner, "announcement-seen").click()
    await expect(banner).to_be_hidden()
    await game.gm.take("feed", lambda push: _tells(push, "announcement_seen"))
    await ada.turn_to("messages")
    await expect(part(ada.page, "announcement-entry")).to_contain_text("Rain at four.")
    await ada.page.reload()
    await ada.sees_connection("online")
    await expect(banner).to_be_hidden()


def _tells(push: dict[str, object], kind: str) -> bool:
    events = push["events"]
    assert isinstance(events, list)
    return any(one["kind"] == kind for one in events)


async def test_an_urgent_announcement_covers_everything(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    await ada.open_place("pier")
    await game.gm.done("announce", text="Leave the pier.", level="urgent")
    urgent = ada.page.get_by_role("alertdialog")
    await expect(urgent).to_contain_text("Leave the pier.")
    await ada.page.keyboard.press("Escape")
    await expect(urgent).to_be_visible()
    await part(urgent, "announcement-seen").click()
    await expect(urgent).to_be_hidden()


async def test_a_position_is_asked_for_only_at_a_claim(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = Player(await stage.phone("/", at=(57.7072, 11.9668)))
    await ada.join(game.codes["otters"], "Ada")
    await ada.open_place("light")
    await expect(part(ada.page, "consent").first).to_be_hidden()
    await part(ada.page, "claim-button").click()
    await shown(ada.page, "consent-share").click()
    await expect(ada.page.locator(".celebration-points")).to_have_text("+60")
    push = await game.gm.take("position")
    lat, lon, *_ = push["positions"]["otters"]
    assert (lat, lon) == (57.7072, 11.9668)


async def test_a_player_who_shares_nothing_is_on_no_map(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = Player(await stage.phone("/", at=(57.7072, 11.9668)))
    await ada.join(game.codes["otters"], "Ada")
    await ada.turn_to("map")
    await shown(ada.page, "consent-own").click()
    await expect(ada.page.get_by_text("You, to")).to_be_visible()
    await ada.claim("light")
    await expect(ada.page.locator(".celebration-points")).to_have_text("+60")
    cyd = await game.join("terns", "Cyd")
    await cyd.send({"t": "position", "lat": 57.7, "lon": 11.9, "accuracy": 5})
    push = await game.gm.take("position")
    assert list(push["positions"]) == ["terns"]


async def test_the_page_speaks_german(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = Player(await stage.phone("/", locale="de-AT"))
    await expect(part(ada.page, "join-button")).to_have_text("Mitspielen")
    await ada.join(game.codes["otters"], "Ännchen")
    await expect(part(ada.page, "tab-board")).to_contain_text("Rangliste")
    await ada.claim("pier", code="falsch")
    told = outcome(ada.page)
    await expect(told).to_have_text("Das ist hier nicht der Code. Das kostet 1 Punkt. Ihr habt -1.")
    assert await ada.page.evaluate("document.documentElement.lang") == "de"


async def test_leaving_takes_two_steps_and_forgets_the_team(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    await part(ada.page, "menu").click()
    await part(ada.page, "leave").click()
    await part(ada.page, "leave-confirm").click()
    await expect(part(ada.page, "join-form")).to_be_visible()
    await ada.page.reload()
    await expect(part(ada.page, "join-form")).to_be_visible()
    assert await ada.waiting() == 0


async def test_a_hunt_set_up_anew_says_which_actions_were_lost(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    async with ada.person.offline():
        await ada.sees_connection("offline")
        await ada.claim("pier", code="lumen")
        await ada.leave_place()
        await game.gm.done("seed", plan=HARBOUR, replace=True)
    lost = ada.page.get_by_role("alert")
    await expect(lost).to_contain_text("1 action could not be delivered")
    await expect(lost).to_contain_text("lumen")
    await ada.join(game.codes["otters"], "Ada")
    await expect(part(ada.page, "action")).to_have_count(0)


async def test_a_session_that_was_taken_over_can_be_taken_back(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    kept = await ada.page.evaluate("JSON.parse(localStorage['cairn/play'])")
    thief = await stage.server.resume(kept["session"])
    await expect(part(ada.page, "cover")).to_contain_text("on another device")
    await part(ada.page, "take-over").click()
    await ada.sees_connection("online")
    await expect(part(ada.page, "cover")).to_be_hidden()
    assert await thief.close_code() == 4505


async def test_without_a_network_the_page_opens_with_what_it_knew(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await ada_of(stage, game)
    await ada.is_kept_on_the_phone()
    await ada.page.reload()
    await ada.sees_connection("online")
    async with ada.person.offline():
        await ada.page.reload()
        await expect(part(ada.page, "team-name")).to_have_text("Otters")
        await expect(part(ada.page, "place")).to_have_count(3)
        await ada.claim("pier", code="lumen")
        await ada.leave_place()
        await ada.sees_action(1, "queued")
    await ada.sees_action(1, "saved")
    await ada.sees_score(70)


async def test_the_keyboard_alone_is_enough_to_claim(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = Player(await stage.desktop())
    await ada.join(game.codes["otters"], "Ada")
    opener = part(part(ada.page, "place", place="pier"), "place-open")
    await opener.focus()
    await ada.page.keyboard.press("Enter")
    await part(ada.page, "claim-code").focus()
    await ada.page.keyboard.type("lumen")
    await ada.page.keyboard.press("Enter")
    await expect(ada.page.locator(".celebration-points")).to_have_text("+70")
    await ada.page.keyboard.press("Escape")
    await expect(opener).to_be_focused()
