"""Each step of the ladder, seen to take effect and to end, on real sessions in virtual time."""

import pytest
from msgspec.structs import replace

from actors.admission import (
    BUSY_RETRY_AFTER_S,
    JOURNAL_AGE_MAX_S,
    QUEUE_LIMITS,
    QueueLimits,
)
from actors.domain.commands import AdjustPoints
from actors.journal import AGE_LOOK_S
from actors.ladder import LADDER_STRAIN, Mode, Shed, Step
from actors.simulation.virtual import VirtualDispatcher
from server.close_codes import CloseCode
from server.health import HealthDesk
from server.hub import (
    LEADERBOARD_INTERVAL_S,
    LEADERBOARD_SHED_INTERVAL_S,
    POSITIONS_INTERVAL_S,
    POSITIONS_SHED_FACTOR,
)
from server.session_input import IN_FLIGHT_MAX
from server.shedding import LAG_LIMIT_S, LAG_LOOK_S, LAG_LOOKS, LagMeter, Shedding, Why
from tests.actors.rig import Rig
from tests.domain.given import OTTERS
from tests.server.rig import Client, ServerRig


@pytest.fixture
def staff(server: ServerRig) -> Client:
    client = server.game_master()
    server.rig.commit()
    client.received()
    return client


def switch(staff: Client, step: Step, mode: Mode) -> None:
    assert staff.ask("shed", step=step.value, mode=mode.value)["t"] == "accepted"


def active(server: ServerRig) -> list[Step]:
    """What is shed, in the ladder's order."""
    return [one.step for one in server.shedding.view() if one.active]


def reports(server: ServerRig, ada: Client, staff: Client, seconds: int) -> int:
    """How many pushes of positions game masters get while a phone reports four times a second."""
    staff.received()
    for _ in range(4 * seconds):
        ada.tell("position", lat=57.7, lon=11.9)
        server.rig.advance(POSITIONS_INTERVAL_S / 4)
    return staff.kinds().count("position")


# What each step does ---------------------------------------------------------------------------


def test_positions_are_shown_at_a_tenth_of_the_rate(server: ServerRig, staff: Client) -> None:
    ada = server.player()
    server.rig.commit()
    assert reports(server, ada, staff, 20) == pytest.approx(20, abs=1)
    switch(staff, Step.POSITIONS, Mode.ON)
    assert reports(server, ada, staff, 40) == pytest.approx(40 / POSITIONS_SHED_FACTOR, abs=1)
    switch(staff, Step.POSITIONS, Mode.AUTO)
    assert reports(server, ada, staff, 20) == pytest.approx(20, abs=1)


def test_without_a_map_positions_are_neither_taken_nor_shown(
    server: ServerRig, staff: Client
) -> None:
    ada = server.player()
    server.rig.commit()
    ada.tell("position", lat=57.7, lon=11.9)
    switch(staff, Step.MAP, Mode.ON)
    assert reports(server, ada, staff, 20) == 0
    ada.tell("position", lat=58.9, lon=11.9)
    (topics,) = server.hub.hunts.values()
    assert topics.positions[OTTERS][0] == 57.7
    switch(staff, Step.MAP, Mode.AUTO)
    assert reports(server, ada, staff, 20) == pytest.approx(20, abs=1)


def boards(server: ServerRig, screen: Client, seconds: float) -> int:
    """How many leaderboards are shown while a score changes eight times a second."""
    screen.received()
    for _ in range(round(8 * seconds)):
        server.rig.order(AdjustPoints(OTTERS, 1))
        server.rig.commit()
        server.rig.advance(0.125)
    return screen.kinds().count("leaderboard")


def test_leaderboards_come_more_slowly(server: ServerRig, staff: Client) -> None:
    screen = server.connect()
    screen.open("watch", hunt="harbour")
    normal = boards(server, screen, 10)
    assert normal == pytest.approx(10 / LEADERBOARD_INTERVAL_S, abs=2)
    switch(staff, Step.LEADERBOARD, Mode.ON)
    assert boards(server, screen, 20) == pytest.approx(20 / LEADERBOARD_SHED_INTERVAL_S, abs=2)
    switch(staff, Step.LEADERBOARD, Mode.AUTO)
    server.rig.advance(LEADERBOARD_SHED_INTERVAL_S)
    assert boards(server, screen, 10) == pytest.approx(normal, abs=2)


def test_no_code_lets_anybody_in_but_sessions_resume_and_others_connect(
    server: ServerRig, staff: Client
) -> None:
    ada = server.connect()
    session = ada.open("join", code=server.code(), name="Ada")["session"]
    switch(staff, Step.JOINS, Mode.ON)
    for code in (server.code(), "WRONGXXX"):
        late = server.connect()
        error = late.open("join", code=code, name="Bob")
        assert (error["t"], error["code"]) == ("error", "server_full")
        assert late.closed_with is CloseCode.SERVER_FULL
        assert CloseCode.SERVER_FULL < 4500, "the phone tries again by itself"
    assert server.connect().open("join", session=session)["t"] == "welcome"
    assert server.connect().open("watch", hunt="harbour")["t"] == "welcome"
    assert server.game_master().stage == "gm"
    switch(staff, Step.JOINS, Mode.AUTO)
    assert server.connect().open("join", code=server.code(), name="Bob")["t"] == "welcome"


def test_a_code_that_is_not_looked_at_is_no_wrong_try(server: ServerRig, staff: Client) -> None:
    switch(staff, Step.JOINS, Mode.ON)
    for _ in range(40):
        server.connect().open("join", code="WRONGXXX", name="Eve")
    switch(staff, Step.JOINS, Mode.AUTO)
    assert server.connect().open("join", code=server.code(), name="Bob")["t"] == "welcome"


def test_an_emergency_stop_makes_players_wait_and_nobody_else(
    server: ServerRig, staff: Client
) -> None:
    ada = server.player()
    server.rig.commit()
    ada.received()
    switch(staff, Step.CLAIMS, Mode.ON)
    busy = ada.ask("say", text="hello")
    assert (busy["reason"], busy["retry_after"]) == ("busy", BUSY_RETRY_AFTER_S)
    server.rig.advance(20.0)
    assert ada.ask("say", n=1, text="hello")["retry_after"] == 2.0
    assert staff.ask("announce", text="One moment, please.")["t"] == "accepted"
    switch(staff, Step.CLAIMS, Mode.AUTO)
    assert ada.ask("say", n=1, text="hello")["t"] == "accepted"


def test_too_many_requests_at_once_are_held_up_for_longer_while_the_disk_is_stuck(
    server: ServerRig, staff: Client
) -> None:
    ada = server.player()
    server.rig.advance(20.0)
    ada.received()
    for n in range(1, IN_FLIGHT_MAX + 2):
        ada.tell("say", n=n, text="hello")
    (busy,) = [one for one in ada.received() if one.get("reason") == "busy"]
    assert (busy["n"], busy["retry_after"]) == (IN_FLIGHT_MAX + 1, 2.0)


# Who switches ----------------------------------------------------------------------------------


def test_players_and_watchers_cannot_switch(server: ServerRig, staff: Client) -> None:
    ada = server.player()
    refused = ada.ask("shed", step="claims", mode="on")
    assert (refused["reason"], refused["message"]) == (
        "not_allowed",
        "Only a game master can do that.",
    )
    screen = server.connect()
    screen.open("watch", hunt="harbour")
    screen.tell("shed", n=1, step="claims", mode="on")
    assert screen.closed_with is CloseCode.MALFORMED
    assert active(server) == []


@pytest.mark.parametrize(
    ("step", "mode", "named"),
    [
        ("everything", "on", "positions, map, leaderboard, joins, claims"),
        ("map", "maybe", "auto, on, off"),
    ],
)
def test_an_unknown_step_or_mode_is_refused_and_the_choices_are_named(
    server: ServerRig, staff: Client, step: str, mode: str, named: str
) -> None:
    refused = staff.ask("shed", step=step, mode=mode)
    assert refused["reason"] == "malformed"
    assert named in refused["message"]
    assert staff.ask("shed", step="map", mode="on")["t"] == "accepted"
    assert active(server) == [Step.MAP]


def test_a_switch_is_applied_once_and_saved_with_what_was_before_it(
    server: ServerRig, staff: Client
) -> None:
    assert staff.ask("adjust", team="otters", points=5)["t"] == "accepted"
    switch(staff, Step.MAP, Mode.ON)
    server.rig.advance(1.0)
    assert [one["n"] for one in staff.received() if one["t"] == "saved"] == []
    assert staff.ask("shed", n=2, step="map", mode="off")["reason"] == "already_applied"
    assert active(server) == [Step.MAP]
    server.rig.commit()
    server.rig.advance(1.0)
    assert [one["n"] for one in staff.received() if one["t"] == "saved"][-1] == 2


def test_everything_is_automatic_again_after_a_restart(server: ServerRig, staff: Client) -> None:
    for step in Step:
        switch(staff, step, Mode.ON)
    server.rig.commit()
    with ServerRig(records=server.rig.writer.records) as restarted:
        assert {one.mode for one in restarted.shedding.view()} == {Mode.AUTO}
        assert active(restarted) == []
        assert restarted.player().stage == "player"


def test_a_step_switched_off_is_not_shed_whatever_the_strain(
    server: ServerRig, staff: Client
) -> None:
    switch(staff, Step.JOINS, Mode.OFF)
    server.rig.order(AdjustPoints(OTTERS, 1))
    server.rig.advance(JOURNAL_AGE_MAX_S - 1)
    assert active(server) == [Step.POSITIONS, Step.MAP, Step.LEADERBOARD]
    assert server.connect().open("join", code=server.code(), name="Bob")["t"] == "welcome"


def test_claims_go_on_for_as_long_as_memory_allows_when_they_are_switched_off(
    server: ServerRig, staff: Client
) -> None:
    ada = server.player()
    server.rig.advance(JOURNAL_AGE_MAX_S + AGE_LOOK_S)
    assert ada.ask("say", text="hello")["reason"] == "busy"
    switch(staff, Step.CLAIMS, Mode.OFF)
    assert ada.ask("say", n=1, text="hello")["t"] == "accepted"
    assert active(server) == list(Step)[:4]
    server.rig.journal.limits = replace(QUEUE_LIMITS, records=3)
    assert ada.ask("say", n=2, text="hello")["t"] == "accepted"
    assert ada.ask("say", n=3, text="hello")["reason"] == "busy"


# What switches by itself -------------------------------------------------------------------------


def test_a_stuck_disk_climbs_the_ladder_in_order_and_a_commit_ends_it(
    server: ServerRig, staff: Client
) -> None:
    server.rig.order(AdjustPoints(OTTERS, 1))
    seen = []
    for strain in (0.0, *LADDER_STRAIN, 1.0):
        elapsed_s = strain * JOURNAL_AGE_MAX_S
        server.rig.advance(elapsed_s - server.rig.journal.backlog.age_s + AGE_LOOK_S)
        seen.append(active(server))
        assert {one.why for one in server.shedding.view() if one.active} <= {Why.JOURNAL}
    assert seen == [list(Step)[:count] for count in range(len(Step) + 1)]
    server.rig.commit()
    assert active(server) == []


def test_a_full_queue_sheds_joins_before_claims(server: ServerRig, staff: Client) -> None:
    server.rig.journal.limits = replace(QUEUE_LIMITS, records=100)
    seen: list[list[Step]] = []
    while not server.rig.journal.is_full:
        server.rig.order(AdjustPoints(OTTERS, 1))
        if not seen or seen[-1] != active(server):
            seen.append(active(server))
    assert seen == [list(Step)[:count] for count in range(len(Step) + 1)]
    server.rig.commit(server.rig.journal.tail - 75)
    assert active(server) == list(Step)[:4], "claims go on before people are let in again"
    server.rig.commit()
    assert active(server) == []


class LateDispatcher(VirtualDispatcher):
    """A loop with too much to do: timers come later than asked for."""

    late_s = 0.0

    def call_later(self, delay_s: float, callback: object) -> None:
        super().call_later(delay_s + self.late_s, callback)  # type: ignore[arg-type]


@pytest.fixture
def loop() -> LateDispatcher:
    return LateDispatcher(0)


@pytest.fixture
def shedding(loop: LateDispatcher) -> Shedding:
    with Rig() as rig:
        shedding = Shedding(rig.journal, loop)
        rig.commit()
    shedding.start()
    return shedding


def steps_by_lag(shedding: Shedding) -> list[Step]:
    return [one.step for one in shedding.view() if one.why is Why.LAG]


def test_a_late_loop_sheds_up_to_joins_and_never_claims(
    loop: LateDispatcher, shedding: Shedding
) -> None:
    loop.advance(2.0)
    assert steps_by_lag(shedding) == []
    counts = []
    for strain in (*LADDER_STRAIN, 5.0):
        loop.late_s = strain * LAG_LIMIT_S + 0.001
        loop.advance((LAG_LOOKS + 2) * (LAG_LOOK_S + 2 * loop.late_s))
        counts.append(len(steps_by_lag(shedding)))
    assert counts == [1, 2, 3, 4, 4]
    assert Step.CLAIMS not in shedding.active
    loop.late_s = 0.0
    loop.advance(30.0)
    assert shedding.active == frozenset()


def test_one_long_callback_is_no_overload() -> None:
    meter = LagMeter()
    for lag_s in (0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0):
        meter.note(lag_s)
        assert meter.lag_s == 0.0
    meter.note(1.0)
    assert (meter.lag_s, meter.strain) == (1.0, 1.0 / LAG_LIMIT_S)


# What is seen ------------------------------------------------------------------------------------


def test_health_shows_the_queue_its_limits_and_every_step(server: ServerRig, staff: Client) -> None:
    rig = server.rig
    rig.journal.limits = QueueLimits(100, 10_000, 10.0)
    desk = HealthDesk(
        rig.dispatcher,
        rig.journal,
        rig.supervisor,
        server.hub,
        server.counters,
        server.fanout,
        server.shedding,
    )
    assert (desk.look().status, desk.look().journal_level) == ("ok", "open")
    switch(staff, Step.LEADERBOARD, Mode.ON)
    assert (desk.look().status, desk.look().journal_level) == ("degraded", "open")
    rig.order(AdjustPoints(OTTERS, 1))
    rig.advance(2.5)
    staff.received()
    desk.start(rig.dispatcher.call_later)
    (push,) = [one["health"] for one in staff.received() if one["t"] == "health"]
    assert (push["status"], push["journal_level"]) == ("degraded", "soft")
    assert (push["journal_pending"], push["journal_bytes"], push["journal_lag_s"]) == (1, 300, 2.5)
    assert push["journal_hard"] == {"records": 100, "bytes": 10_000, "age_s": 10.0}
    assert push["journal_soft"] == {"records": 10, "bytes": 1_000, "age_s": 1.0}
    assert [(one["step"], one["mode"], one["active"], one["why"]) for one in push["shedding"]] == [
        ("positions", "auto", True, "journal"),
        ("map", "auto", True, "journal"),
        ("leaderboard", "on", True, "game_master"),
        ("joins", "auto", False, ""),
        ("claims", "auto", False, ""),
    ]


def test_every_change_is_in_the_log_once(
    server: ServerRig, staff: Client, caplog: pytest.LogCaptureFixture
) -> None:
    server.shedding.switch(Shed(Step.MAP, Mode.ON))
    server.shedding.switch(Shed(Step.JOINS, Mode.ON))
    server.shedding.decide()
    server.shedding.switch(Shed(Step.MAP, Mode.OFF))
    said = [record.getMessage() for record in caplog.records if record.name == "cairn.shedding"]
    assert said == [
        "a game master switched shedding of map: on",
        "shedding map: game_master",
        "a game master switched shedding of joins: on",
        "shedding joins: game_master",
        "a game master switched shedding of map: off",
        "no longer shedding map",
    ]
