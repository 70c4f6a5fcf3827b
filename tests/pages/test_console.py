"""The game master's console against the real server: what is clicked there happens, and is told."""

from playwright.async_api import expect

from tests.integration.games import HARBOUR, SIMPLE, Game, plan
from tests.integration.harness import GM_TOKEN
from tests.pages.people import GameMaster, Player, part, shown
from tests.pages.stage import Stage

TIMED = HARBOUR | {"duration": "2h"}
RAIN = "Rain at four. Bring a coat."
STALE_TOKEN = "nobody-was-ever-given-this-one"


async def console(stage: Stage, name: str = "Grace", **more: str) -> GameMaster:
    grace = GameMaster(await stage.desktop("/gm", **more))
    await grace.connect(name)
    return grace


async def find(game: Game, team: str, place: str, code: str, name: str = "Ada") -> None:
    """A team finds a place, without a browser."""
    player = await game.join(team, name)
    await player.done("claim", location=place, code=code)
    await player.leave()


async def test_the_whole_hunt_is_ruled_from_the_head(stage: Stage) -> None:
    await stage.seed(TIMED, start=False)
    grace = await console(stage)
    await grace.sees_phase("Not started")
    for button, phase in (("start", "running"), ("pause", "paused"), ("resume", "running")):
        await grace.do(button)
        await expect(part(grace.page, "phase")).to_have_attribute("data-state", phase)
    await grace.do("freeze")
    await expect(part(grace.page, "frozen")).to_be_visible()
    await grace.do("thaw")
    await expect(part(grace.page, "frozen")).to_be_hidden()
    await part(grace.page, "finish").click()
    await expect(part(grace.page, "phase")).to_have_attribute("data-state", "running")
    await part(grace.page, "confirm").click()
    await expect(part(grace.page, "phase")).to_have_attribute("data-state", "finished")
    await grace.turn_to("staff")
    for kind in ("hunt_started", "hunt_paused", "hunt_resumed", "hunt_finished"):
        await expect(part(grace.page, "staff-entry", kind=kind)).to_have_count(1)
    await expect(part(grace.page, "staff-entry", kind="hunt_paused")).to_contain_text("Grace")


async def test_an_armed_button_is_disarmed_again(stage: Stage) -> None:
    await stage.seed(SIMPLE)
    grace = await console(stage)
    await part(grace.page, "finish").click()
    await expect(part(grace.page, "confirm")).to_be_visible()
    await grace.page.keyboard.press("Escape")
    await expect(part(grace.page, "confirm")).to_be_hidden()
    await expect(part(grace.page, "phase")).to_have_attribute("data-state", "running")


async def test_time_is_given_and_taken_back(stage: Stage) -> None:
    await stage.seed(TIMED)
    grace = await console(stage)
    await expect(part(grace.page, "time-left")).to_contain_text("1:59:")
    await part(grace.page, "extend").click()
    await shown(grace.page, "minutes").fill("30")
    await shown(grace.page, "reason").fill("rain")
    await shown(grace.page, "confirm").click()
    await expect(part(grace.page, "time-left")).to_contain_text("2:29:")
    await grace.undo("hunt_extended")
    await expect(part(grace.page, "time-left")).to_contain_text("1:59:")


async def test_an_announcement_is_followed_until_it_is_read(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await game.join("otters")
    grace = await console(stage)
    await grace.announce(RAIN)
    told = part(grace.page, "announcement").first
    await expect(part(told, "delivered")).to_contain_text("1/3")
    await expect(part(told, "seen")).to_contain_text("0/3")
    await ada.done("seen", announcement=1)
    await expect(part(told, "seen")).to_contain_text("1/3")
    await part(told, "repeat").click()
    repeated = part(grace.page, "announcement").first
    await expect(repeated).to_contain_text("Terns")
    await expect(repeated).not_to_contain_text("Otters")
    assert not ada.has("announcement", announcement={"id": 2})


async def test_announcements_reach_whom_something_is_true_of(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    await game.join("otters")
    grace = await console(stage)
    await grace.turn_to("announce")
    await part(grace.page, "announce-text").fill("Are you there?")
    await part(grace.page, "announce-to").select_option("offline")
    await part(grace.page, "announce-minutes").fill("0")
    reach = grace.page.locator(".reach")
    await expect(reach).to_contain_text("2 teams")
    await expect(reach).to_contain_text("Terns")
    await expect(reach).not_to_contain_text("Otters")
    await part(grace.page, "announce-to").select_option("stuck")
    await part(grace.page, "announce-minutes").fill("60")
    await expect(part(grace.page, "announce-button")).to_be_disabled()


async def test_a_correction_says_whom_it_affects_and_can_be_taken_back(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    for team in ("otters", "terns", "seals"):
        await find(game, team, "pier", "LUMEN")
    grace = await console(stage)
    cell = part(grace.page, "cell", team="otters", place="pier")
    await expect(cell).to_have_attribute("data-state", "found")
    await cell.click()
    await shown(grace.page, "void").click()
    affected = part(grace.page, "affected", team="terns")
    await expect(affected).to_contain_text("+10")
    await expect(affected).to_contain_text("2. → 1.")
    await expect(part(grace.page, "affected", team="otters")).to_contain_text("\N{MINUS SIGN}70")
    await shown(grace.page, "reason").fill("The code was shared")
    await shown(grace.page, "confirm").click()
    await expect(cell).to_have_attribute("data-state", "void")
    terns = part(grace.page, "cell", team="terns", place="pier")
    await expect(terns).to_have_text("✓1")
    await grace.undo("find_voided")
    await grace.turn_to("overview")
    await expect(cell).to_have_attribute("data-state", "found")
    await expect(terns).to_have_text("✓2")
    await grace.turn_to("staff")
    restored = part(grace.page, "staff-entry", kind="find_restored")
    await expect(restored).to_contain_text("Undo: The code was shared")
    voided = part(grace.page, "staff-entry", kind="find_voided")
    await expect(part(voided, "undo")).to_have_count(0)


async def test_what_the_preview_says_is_what_happens(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    await find(game, "otters", "pier", "LUMEN")
    await find(game, "terns", "pier", "LUMEN")
    grace = await console(stage)
    await grace.turn_to("teams")
    await part(grace.page, "team-row", team="terns").click()
    await shown(grace.page, "adjust").click()
    await shown(grace.page, "points").fill("15")
    affected = part(grace.page, "affected", team="terns")
    await expect(affected).to_contain_text("2. → 1.")
    await shown(grace.page, "confirm").click()
    row = part(grace.page, "team-row", team="terns").locator("td").first
    await expect(row).to_have_text("1")


async def test_a_team_is_disqualified_and_let_in_again(stage: Stage) -> None:
    await stage.seed(HARBOUR)
    grace = await console(stage)
    await grace.turn_to("teams")
    await part(grace.page, "team-row", team="terns").click()
    await shown(grace.page, "disqualify").click()
    await shown(grace.page, "confirm").click()
    await expect(part(grace.page, "team-panel")).to_contain_text("Disqualified")
    await shown(grace.page, "reinstate").click()
    await shown(grace.page, "confirm").click()
    await expect(part(grace.page, "team-panel")).not_to_contain_text("Disqualified")


async def test_a_hint_is_given_away(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await game.join("otters")
    grace = await console(stage)
    await part(grace.page, "cell", team="otters", place="pier").click()
    await shown(grace.page, "grant").click()
    await shown(grace.page, "confirm").click()
    push = await ada.take("location")
    assert push["location"]["hints"][0]["text"] == "It floats."
    await grace.turn_to("staff")
    entry = part(grace.page, "staff-entry", kind="hint_granted")
    await expect(entry).to_contain_text("Otters was given hint 1 at Pier")
    await expect(part(entry, "undo")).to_have_count(0)


async def test_messages_are_claimed_answered_and_done(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await game.join("otters")
    await ada.done("say", text="Where do we park?")
    grace = await console(stage)
    await grace.turn_to("messages")
    message = part(grace.page, "message")
    await expect(message).to_have_attribute("data-state", "open")
    await expect(message).to_contain_text("Where do we park?")
    await part(message, "message-claim").click()
    await expect(message).to_have_attribute("data-state", "claimed")
    await expect(message).to_contain_text("Grace sees to it")
    await part(message, "reply-text").fill("Behind the church.")
    await part(message, "reply-done").click()
    await expect(message).to_have_attribute("data-state", "done")
    push = await ada.take("announcement")
    assert push["announcement"]["text"] == "Behind the church."
    assert push["announcement"]["to"] == ["otters"]


async def test_a_place_is_closed_and_opened(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    ada = await game.join("otters")
    grace = await console(stage)
    await grace.turn_to("places")
    row = part(grace.page, "place-row", place="pier")
    await part(row, "close-place").click()
    await part(row, "confirm").click()
    await expect(part(row, "place-state")).to_have_attribute("data-open", "false")
    assert (await ada.ask("claim", location="pier", code="LUMEN"))["reason"] == "closed"
    await part(row, "open-place").click()
    await expect(part(row, "place-state")).to_have_attribute("data-open", "true")


async def test_a_plan_is_seeded_compared_and_replaced_in_two_steps(stage: Stage) -> None:
    await stage.seed(SIMPLE)
    grace = await console(stage)
    await grace.turn_to("hunts")
    text = part(grace.page, "seed-text")
    await text.fill("version: 1\nhunt: harbour\n")
    await part(grace.page, "seed").click()
    await expect(part(grace.page, "seed-errors").locator("li").first).to_be_visible()
    await text.fill(HARBOUR_YAML)
    await part(grace.page, "seed").click()
    changes = part(grace.page, "seed-changes")
    await expect(changes).to_contain_text("title")
    await expect(part(grace.page, "hunt").first).to_contain_text("Harbour")
    await part(grace.page, "replace").click()
    await shown(grace.page, "confirm").click()
    await expect(part(grace.page, "phase")).to_have_attribute("data-state", "draft")
    await expect(grace.page.locator(".hunt-title")).to_have_text("New Harbour")


HARBOUR_YAML = """\
version: 1
hunt: harbour
title: New Harbour
teams:
  names: [Otters, Terns]
locations:
  - {id: pier, name: Pier, points: 10, code: PIER}
  - {id: quay, name: Quay, points: 20, code: QUAY}
"""


async def test_a_console_looks_at_one_hunt_after_the_other(stage: Stage) -> None:
    await stage.seed(SIMPLE)
    await stage.seed(plan(SIMPLE["locations"], hunt="old-town"), start=False)
    grace = GameMaster(await stage.desktop("/gm"))
    await part(grace.page, "token").fill(GM_TOKEN)
    await part(grace.page, "gm-name").fill("Grace")
    await part(grace.page, "gm-connect").click()
    await part(grace.page, "hunt", hunt="harbour").click()
    await expect(part(grace.page, "phase")).to_have_attribute("data-state", "running")
    await grace.turn_to("hunts")
    await part(grace.page, "hunt", hunt="old-town").click()
    await expect(part(grace.page, "phase")).to_have_attribute("data-state", "draft")
    await grace.do("start")
    await expect(part(grace.page, "phase")).to_have_attribute("data-state", "running")


async def test_cards_show_codes_that_join(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    grace = await console(stage)
    await grace.turn_to("hunts")
    await part(grace.page, "cards").click()
    card = part(grace.page, "card", team="otters")
    await expect(card.locator("code")).to_have_text(game.codes["otters"])


async def test_a_station_sees_its_own_place_and_rules_that_alone(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    grace = await console(stage)
    await grace.turn_to("staff")
    await part(grace.page, "invite-name").fill("Pia")
    await part(grace.page, "invite-role").select_option("station")
    await part(grace.page, "invite-place").select_option("pier")
    await part(grace.page, "invite").click()
    link = await part(grace.page, "invitation-link").inner_text()
    await grace.page.keyboard.press("Escape")
    await expect(part(grace.page, "invited")).to_contain_text("Pia")

    pia = await stage.phone(link.removeprefix(stage.origin))
    await part(pia.page, "gm-name").fill("Pia")
    assert "token" not in pia.page.url
    await part(pia.page, "gm-connect").click()
    await expect(part(pia.page, "station")).to_contain_text("Pier")
    await expect(part(pia.page, "pause")).to_be_hidden()
    await find(game, "otters", "pier", "LUMEN")
    await expect(part(pia.page, "find")).to_contain_text("Otters")
    await part(pia.page, "close-place").click()
    await part(pia.page, "confirm").click()
    await expect(part(pia.page, "place-state")).to_have_attribute("data-open", "false")

    entry = part(grace.page, "staff-entry", kind="location_closed")
    await expect(entry).to_contain_text("Pia")
    await part(part(grace.page, "invited"), "revoke").click()
    await shown(grace.page, "confirm").click()
    await expect(part(pia.page, "gm-connect")).to_be_visible()


async def test_who_only_reads_is_offered_nothing_to_do(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    invited = await game.gm.done("invite", name="Vic", role="viewer")
    vic = GameMaster(await stage.desktop(f"/gm#token={invited['staff']['token']}"))
    await part(vic.page, "gm-name").fill("Vic")
    await part(vic.page, "gm-connect").click()
    await expect(part(vic.page, "pause")).to_be_disabled()
    await vic.turn_to("teams")
    await expect(part(vic.page, "team-panel")).to_be_visible()
    await expect(part(vic.page, "adjust")).to_have_count(0)
    await vic.turn_to("announce")
    await expect(part(vic.page, "announce-button")).to_be_hidden()


async def test_commands_wait_while_the_console_is_offline_and_are_sent_once(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    grace = await console(stage)
    await grace.turn_to("teams")
    await part(grace.page, "team-row", team="terns").click()
    grace.person.watch.expects_outages = True
    async with stage.outage():
        await expect(part(grace.page, "banner")).to_be_visible()
        await shown(grace.page, "adjust").click()
        await shown(grace.page, "points").fill("25")
        await shown(grace.page, "confirm").click()
        await expect(part(grace.page, "banner")).to_contain_text("1 command waits")
    await grace.page.reload()
    await expect(part(grace.page, "connection")).to_have_attribute("data-state", "online")
    await grace.turn_to("staff")
    await expect(part(grace.page, "staff-entry", kind="points_adjusted")).to_have_count(1)
    assert game.hunt == "harbour"


async def test_a_second_tab_looks_on_until_it_is_told_to_write(stage: Stage) -> None:
    await stage.seed(HARBOUR)
    grace = GameMaster(await stage.desktop("/gm"))
    await part(grace.page, "gm-name").fill("Grace")
    await part(grace.page, "token").fill(GM_TOKEN)
    await grace.page.locator("#keep").check()
    await part(grace.page, "gm-connect").click()
    await expect(part(grace.page, "pause")).to_be_enabled()
    second = await grace.person.new_tab("/gm")
    await expect(part(second, "banner")).to_contain_text("Another window")
    await expect(part(second, "pause")).to_be_disabled()
    await part(second, "banner").locator("button").click()
    await expect(part(second, "pause")).to_be_enabled()
    await expect(part(grace.page, "pause")).to_be_disabled()


async def test_a_wrong_token_is_said_in_words(stage: Stage) -> None:
    await stage.seed(SIMPLE)
    grace = GameMaster(await stage.desktop("/gm"))
    await part(grace.page, "gm-name").fill("Grace")
    await part(grace.page, "gm-connect").click()
    await expect(grace.page.get_by_role("alert")).to_contain_text("Enter the token")
    await part(grace.page, "token").fill(STALE_TOKEN)
    await part(grace.page, "gm-connect").click()
    await expect(grace.page.get_by_role("alert")).to_contain_text("not known here")
    await part(grace.page, "token").fill(GM_TOKEN)
    await part(grace.page, "gm-connect").click()
    await expect(part(grace.page, "phase")).to_be_visible()


async def test_what_is_shed_is_switched_and_stopping_play_takes_two_steps(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    ada = await game.join("otters")
    grace = await console(stage)
    await part(grace.page, "health").click()
    claims = part(grace.page, "shed-step", step="claims")
    await claims.get_by_role("button", name="Give up").click()
    await part(claims, "confirm").click()
    await expect(claims).to_contain_text("switched by hand")
    assert (await ada.ask("claim", location="pier", code="PIER"))["reason"] == "busy"
    await claims.get_by_role("button", name="Auto").click()
    await expect(claims).not_to_contain_text("switched by hand")


async def test_the_matrix_is_reached_and_read_by_keyboard(stage: Stage) -> None:
    game = await stage.seed(HARBOUR)
    await find(game, "otters", "pier", "LUMEN")
    grace = await console(stage)
    first = grace.page.locator(".m-cell[tabindex='0']")
    await first.focus()
    await grace.page.keyboard.press("ArrowRight")
    await grace.page.keyboard.press("ArrowDown")
    await grace.page.keyboard.press("Enter")
    await expect(grace.page.get_by_role("dialog")).to_contain_text("·")
    await grace.page.keyboard.press("Escape")
    await grace.page.keyboard.press("5")
    await expect(part(grace.page, "announce-text")).to_be_visible()


async def test_a_player_writes_and_the_console_counts_it(stage: Stage) -> None:
    game = await stage.seed(SIMPLE)
    grace = await console(stage)
    ada = Player(await stage.phone(f"/#join={game.codes['otters']}"))
    await ada.join(game.codes["otters"], "Ada")
    await ada.say("We are lost.")
    await expect(part(grace.page, "area-messages")).to_contain_text("1")
    await expect(grace.page.locator(".attention")).to_contain_text("We are lost.")
