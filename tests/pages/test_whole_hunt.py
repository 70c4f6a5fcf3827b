"""A whole hunt as people play it: phones that lose the network, a server that is killed meanwhile,
a game master who steers, and a big screen. Everything happens once, and everybody sees it."""

from collections import Counter
from pathlib import Path

from playwright.async_api import expect

from actors.domain.events import (
    AnnouncementSeen,
    HintBought,
    LocationFound,
    PointsAdjusted,
    TeamSpoke,
)
from tests.integration.games import HARBOUR, Game
from tests.integration.states import read_journal
from tests.pages.people import Audience, GameMaster, Player, part
from tests.pages.stage import Stage

RAIN = "Rain at four. Bring a coat."


async def test_a_whole_hunt_ends_exactly_once_whatever_happens_to_phones_and_server(
    stage: Stage,
) -> None:
    game = await stage.seed(HARBOUR | {"duration": "2h"}, start=False)
    grace = GameMaster(await stage.desktop("/gm"))
    hall = Audience(await stage.desktop(f"/screen#hunt={game.hunt}"))
    ada, bob, cyd = await everybody_joins(stage, game)
    await grace.connect()
    await grace.do("start")
    await everybody_is_warned(grace, hall, [ada, bob, cyd])
    await a_link_claims_a_place(ada, bob, cyd, hall)
    await cyd.buy_hint("pier")
    await cyd.sees_score(-10)
    await cyd.leave_place()
    await the_server_dies_while_a_phone_is_offline(stage, ada)
    await bob.sees_place("mill", "found")
    await hall.sees_score("otters", 70 + 50 + 30)
    await the_game_master_corrects(grace, hall, cyd)
    await grace.do("finish")
    await hall.sees_phase("Finished")
    for player in (ada, bob, cyd):
        await player.sees_connection("online")
        await expect(part(player.page, "time-left")).to_have_text("over")
        assert await player.waiting() == 0
    await nothing_happened_twice(stage.server.db)


async def everybody_joins(stage: Stage, game: Game) -> tuple[Player, Player, Player]:
    """Two phones of one team and one of another; the first by its card's link."""
    otters, terns = game.codes["otters"], game.codes["terns"]
    ada = Player(await stage.phone(f"/#join={otters}"))
    await expect(part(ada.page, "join-code")).to_have_value(otters)
    bob, cyd = Player(await stage.phone()), Player(await stage.phone())
    await ada.join(otters, "Ada")
    await bob.join(otters, "Bob")
    await cyd.join(terns, "Cyd")
    for player, team in ((ada, "Otters"), (bob, "Otters"), (cyd, "Terns")):
        await expect(part(player.page, "team-name").first).to_have_text(team)
    return ada, bob, cyd


async def everybody_is_warned(grace: GameMaster, hall: Audience, players: list[Player]) -> None:
    await grace.sees_phase("Running")
    await grace.announce(RAIN)
    for player in players:
        warning = part(player.page, "announcement").filter(has_text=RAIN).first
        await expect(warning).to_be_visible()
        await part(player.page, "announcement-seen").first.click()
    await hall.sees_announcement(RAIN)


async def a_link_claims_a_place(ada: Player, bob: Player, cyd: Player, hall: Audience) -> None:
    """The phone's own camera opened the address that the sign's QR code holds."""
    await ada.person.go("/#at=pier&code=LUMEN")
    await ada.sees_connection("online")
    await ada.sees_score(70)
    await ada.leave_place()  # Which the link had opened, to show what became of it.
    await ada.sees_place("pier", "found")
    await ada.sees_place("vault", "open")
    await bob.sees_place("pier", "found")
    await bob.sees_score(70)
    await cyd.sees_place("pier", "open")
    await hall.sees_score("otters", 70)
    await hall.sees_find("Otters")
    # Coming back is no second claim.
    await ada.page.reload()
    await ada.sees_score(70)


async def the_server_dies_while_a_phone_is_offline(stage: Stage, ada: Player) -> None:
    assert await ada.waiting() == 0
    await ada.is_kept_on_the_phone()
    await ada.person.go_offline()
    await ada.sees_connection("offline")
    await ada.claim("mill", answer="Flour")
    await ada.leave_place()
    await ada.claim("vault", code="open sesame")
    await ada.leave_place()
    await ada.say("We are in the tunnel.")
    await ada.turn_to("places")
    await three_actions_are(ada, "queued")
    async with stage.outage():
        await ada.page.reload()  # The page comes out of the phone, and its actions with it.
        await three_actions_are(ada, "queued")
        assert await ada.waiting() == 3
    await ada.person.go_online()
    await ada.sees_connection("online")
    await three_actions_are(ada, "saved")


async def three_actions_are(ada: Player, state: str) -> None:
    for text in ("Mill", "Vault", "tunnel"):
        action = part(ada.page, "action").filter(has_text=text)
        await expect(action).to_have_count(1)
        await expect(action).to_have_attribute("data-state", state)


async def the_game_master_corrects(grace: GameMaster, hall: Audience, cyd: Player) -> None:
    await grace.do("pause")
    await grace.sees_phase("Paused")
    await hall.sees_phase("Paused")
    await grace.do("resume")
    await grace.sees_phase("Running")
    await grace.adjust("terns", 25, "They helped a stranger.")
    await cyd.sees_score(15)
    await hall.sees_score("terns", 15)
    await grace.undo("points_adjusted")
    await cyd.sees_score(-10)
    await hall.sees_score("terns", -10)


async def nothing_happened_twice(db: Path) -> None:
    events = [record.event for record in read_journal(db)]
    finds = [(one.team, one.location) for one in events if isinstance(one, LocationFound)]
    assert sorted(finds) == [("otters", "mill"), ("otters", "pier"), ("otters", "vault")]
    kinds = Counter(type(one) for one in events)
    assert kinds[TeamSpoke] == 1
    assert kinds[HintBought] == 1
    assert kinds[AnnouncementSeen] == 2, "once per team"
    assert [one.points for one in events if isinstance(one, PointsAdjusted)] == [25, -25]
