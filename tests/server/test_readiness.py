import pytest

from actors.admission import JOURNAL_AGE_MAX_S, QUEUE_LIMITS, SOFT_FRACTION, QueueLimits
from actors.domain.commands import AdjustPoints
from actors.ladder import Mode, Shed, Step
from server.readiness import UNREADY_AGE_S, UNREADY_LOOP_LAG_S, Unready, unready
from server.shedding import LAG_LOOKS
from tests.domain.given import OTTERS
from tests.server.rig import Client, ServerRig
from tests.test_docs import OPERATIONS


def reasons(server: ServerRig, failure: str | None = None) -> list[Unready]:
    return list(unready(server.rig.journal, server.shedding, failure))


@pytest.fixture
def ada(server: ServerRig) -> Client:
    ada = server.player()
    server.rig.commit()
    return ada


def test_a_server_without_trouble_is_ready(server: ServerRig, ada: Client) -> None:
    assert ada.ask("say", text="hello")["t"] == "accepted"
    server.rig.commit()
    assert reasons(server) == []


def test_a_stuck_disk_shows_long_before_anybody_is_told_to_wait(
    server: ServerRig, ada: Client
) -> None:
    assert ada.ask("say", text="hello")["t"] == "accepted"
    seen, step_s = dict[str, float](), 0.25
    for tick in range(1, int((JOURNAL_AGE_MAX_S + 5) / step_s)):
        server.rig.advance(step_s)
        for reason in reasons(server):
            seen.setdefault(reason, tick * step_s)
        if ada.ask("say", text="Still here?")["t"] == "refused":
            seen.setdefault("busy", tick * step_s)
    assert seen[Unready.JOURNAL_AGE] == UNREADY_AGE_S
    assert seen[Unready.JOURNAL_LEVEL] == pytest.approx(JOURNAL_AGE_MAX_S * SOFT_FRACTION, abs=0.3)
    assert seen["busy"] >= JOURNAL_AGE_MAX_S > 10 * seen[Unready.JOURNAL_AGE]
    assert seen[Unready.REFUSING] <= seen["busy"]
    server.rig.commit()
    assert reasons(server) == []


def test_many_records_show_although_none_is_old(server: ServerRig) -> None:
    server.rig.commit()
    server.rig.journal.limits = QueueLimits(100, QUEUE_LIMITS.bytes, JOURNAL_AGE_MAX_S)
    for _ in range(int(100 * SOFT_FRACTION)):
        assert reasons(server) == []
        server.rig.order(AdjustPoints(OTTERS, 1))
    assert reasons(server) == [Unready.JOURNAL_LEVEL]


def test_a_loop_that_is_late_for_a_second_shows(server: ServerRig) -> None:
    server.rig.commit()
    for _ in range(LAG_LOOKS - 1):
        server.shedding.lag.note(UNREADY_LOOP_LAG_S)
    assert reasons(server) == []
    server.shedding.lag.note(UNREADY_LOOP_LAG_S)
    assert reasons(server) == [Unready.LOOP_LAG]
    server.shedding.lag.note(0.0)
    assert reasons(server) == []


def test_who_is_refused_by_a_game_masters_will_is_refused_all_the_same(server: ServerRig) -> None:
    server.rig.commit()
    server.shedding.switch(Shed(Step.CLAIMS, Mode.ON))
    assert reasons(server) == [Unready.REFUSING]
    server.shedding.switch(Shed(Step.CLAIMS, Mode.AUTO))
    assert reasons(server) == []


def test_the_end_shows(server: ServerRig) -> None:
    server.rig.commit()
    assert reasons(server, "The disk is gone.") == [Unready.STORAGE_FAILED]
    server.rig.journal.close()
    assert reasons(server) == [Unready.STOPPING]


def test_every_reason_is_documented() -> None:
    (table,) = OPERATIONS.tables("Ready or not")
    assert list(table) == list(Unready)
    assert f"{UNREADY_AGE_S:g} s" in table[Unready.JOURNAL_AGE].text
    assert f"{UNREADY_LOOP_LAG_S:g} s" in table[Unready.LOOP_LAG].text
