import pytest

from actors.domain.commands import AdjustPoints
from actors.rebuild import RESTARTS_MAX
from server.health import HEALTH_INTERVAL_S, LAG_DEGRADED_S, HealthDesk
from tests.domain.given import OTTERS
from tests.server.rig import ServerRig


@pytest.fixture
def desk(server: ServerRig) -> HealthDesk:
    rig = server.rig
    rig.commit()
    desk = HealthDesk(
        rig.dispatcher,
        rig.journal,
        rig.supervisor,
        server.hub,
        server.counters,
        server.fanout,
        server.shedding,
    )
    desk.stopwatch = server.stopwatch
    return desk


def test_a_server_without_trouble_is_ok(desk: HealthDesk) -> None:
    health = desk.look()
    assert (health.status, health.hunts, health.journal_pending) == ("ok", 1, 0)
    assert (health.journal_position, health.journal_lag_s) == (1, 0.0)
    assert (health.quarantined, health.refused) == ([], {})


def test_what_players_do_is_counted(server: ServerRig, desk: HealthDesk) -> None:
    ada = server.player()
    ada.ask("say", text="hello")
    ada.ask("claim", location="pier", code="lumen")
    health = desk.look()
    assert (health.accepted, health.refused) == (1, {"not_running": 1})
    assert health.journal_pending == 2
    assert health.messages_handled > 0


def test_what_is_slow_and_deep_is_shown(server: ServerRig, desk: HealthDesk) -> None:
    ada, bob = server.player(), server.player(name="Bob")
    desk.start(server.rig.dispatcher.call_later)
    for n in range(1, 11):
        ada.ask("claim", n=n, location="pier", code="wrong")
    server.rig.advance(2.0)
    ada.tell("say", n=11, text="Hi")
    assert desk.look().mailbox_depth == 1
    server.rig.run()
    bob.session.on_slow()
    health = desk.look()
    assert (health.claims_per_s, health.mailbox_depth, health.slow_clients) == (5.0, 0, 1)


def test_how_long_an_answer_took_is_shown(server: ServerRig, desk: HealthDesk) -> None:
    ada = server.player()
    ada.tell("say", n=1, text="Hi")
    server.rig.dispatcher._timeline.now += 0.25  # The loop was busy with something else.
    server.rig.run()
    assert desk.look().accept_p99_s == 0.25


def test_a_disk_that_lags_degrades_the_server_until_it_has_caught_up(
    server: ServerRig, desk: HealthDesk
) -> None:
    server.rig.order(AdjustPoints(OTTERS, 1))
    server.rig.advance(LAG_DEGRADED_S)
    assert (desk.look().status, desk.look().journal_lag_s) == ("ok", LAG_DEGRADED_S)
    server.rig.advance(0.5)
    assert (desk.look().status, desk.look().journal_lag_s) == ("degraded", LAG_DEGRADED_S + 0.5)
    server.rig.commit()
    assert (desk.look().status, desk.look().journal_lag_s) == ("ok", 0.0)


def test_a_quarantined_actor_degrades_the_server(server: ServerRig, desk: HealthDesk) -> None:
    for _ in range(RESTARTS_MAX + 1):
        server.rig.entry.teams[OTTERS].tell("nonsense")
        server.rig.run()
    health = desk.look()
    assert (health.status, health.quarantined) == ("degraded", ["harbour/team/otters"])
    assert [failure.is_quarantined for failure in server.failures] == [False] * RESTARTS_MAX + [
        True
    ]


def test_lost_storage_is_worse_than_anything_else(server: ServerRig, desk: HealthDesk) -> None:
    desk.failure = "The disk is gone."
    server.rig.order(AdjustPoints(OTTERS, 1))
    server.rig.advance(10.0)
    assert desk.look().status == "failed"


def test_game_masters_are_shown_health_every_second_and_nobody_else_is(
    server: ServerRig, desk: HealthDesk
) -> None:
    ada, staff = server.player(), server.game_master()
    ada.received()
    desk.start(server.rig.dispatcher.call_later)
    pushes = [m for m in staff.received() if m["t"] == "health"]
    server.rig.advance(HEALTH_INTERVAL_S * 3)
    pushes += [m for m in staff.received() if m["t"] == "health"]
    assert len(pushes) == 4
    assert pushes[-1]["health"]["status"] == "degraded"  # Nobody has saved the player's join.
    assert "health" not in ada.kinds()


def test_nothing_is_looked_up_while_no_game_master_is_there(
    server: ServerRig, desk: HealthDesk
) -> None:
    desk.start(server.rig.dispatcher.call_later)
    server.rig.advance(10.0)
    staff = server.game_master()
    server.rig.advance(HEALTH_INTERVAL_S)
    assert staff.kinds().count("health") == 1
