import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.events import (
    AnnouncementSeen,
    AnyEvent,
    ClaimFailed,
    FindRestored,
    FindVoided,
    HintBought,
    HuntFinished,
    HuntPaused,
    HuntResumed,
    HuntStarted,
    LocationClosed,
    PlayerJoined,
    PointsAdjusted,
    Record,
    Rerank,
    TeamDisqualified,
    TeamReinstated,
    TeamSpoke,
    TeamSteered,
)
from actors.domain.ids import AnnouncementId, SessionId
from actors.domain.refusals import Reason
from actors.domain.team import TEAM_SESSIONS_MAX, TeamState, Trial, evolve
from tests.domain.given import (
    ADA,
    BOB,
    MILL,
    OTTERS,
    PHONE,
    PIER,
    START,
    TERNS,
    TOWER,
    found,
    given_plan,
    given_team,
    record,
)

PLAN = given_plan()


def failed(failures: int = 1, penalty: int = -2) -> ClaimFailed:
    return ClaimFailed(OTTERS, PIER, ADA, Reason.WRONG_CODE, "No.", penalty, failures)


def test_a_find_scores_its_points_and_its_bonus() -> None:
    state = given_team(PLAN, record(found(bonus=20), at=START + 30))
    find = state.finds[PIER]
    assert (state.score, find.worth, find.rank, find.elapsed_s) == (70, 70, 1, 30.0)


def test_a_void_find_scores_nothing_and_counts_again_when_it_is_restored() -> None:
    void = (found(bonus=20), FindVoided(OTTERS, PIER))
    state = given_team(PLAN, *void)
    assert (state.score, state.finds[PIER].void) == (0, True)
    restored = FindRestored(OTTERS, PIER, reranked=(Rerank(OTTERS, 2, 10),))
    state = given_team(PLAN, *void, restored)
    assert (state.score, state.finds[PIER].rank) == (60, 2)


def test_a_later_finder_moves_up_with_the_bonus_of_its_new_place() -> None:
    voided = FindVoided(TERNS, PIER, reranked=(Rerank(OTTERS, 1, 20),))
    state = given_team(PLAN, found(bonus=10, rank=2), voided)
    assert (state.score, state.finds[PIER].rank) == (70, 1)


def test_wrong_claims_cost_and_count_until_the_location_is_found() -> None:
    state = given_team(PLAN, failed(1), failed(2))
    assert (state.score, state.trials) == (-4, {PIER: Trial(2, 0)})
    assert evolve(state, record(found()), PLAN).trials == {}


def test_hints_and_adjustments_change_the_score() -> None:
    state = given_team(PLAN, HintBought(OTTERS, PIER, ADA, 1, 5), PointsAdjusted(OTTERS, 12))
    assert (state.score, state.hints) == (7, {PIER: (1,)})


def test_a_target_holds_until_it_is_found_closed_or_the_team_is_out() -> None:
    steered = TeamSteered(OTTERS, PIER)
    assert given_team(PLAN, steered).target == PIER
    assert given_team(PLAN, steered, found(location=MILL)).target == PIER
    assert given_team(PLAN, steered, LocationClosed(MILL)).target == PIER
    for event in (found(), LocationClosed(PIER), TeamDisqualified(OTTERS)):
        assert given_team(PLAN, steered, event).target is None


def test_a_disqualified_team_keeps_what_it_has() -> None:
    state = given_team(PLAN, found(), TeamDisqualified(OTTERS))
    assert (state.disqualified, state.score) == (True, 50)
    assert not evolve(state, record(TeamReinstated(OTTERS)), PLAN).disqualified


def test_the_same_name_on_another_device_is_the_same_player() -> None:
    laptop = SessionId("1" * 32)
    state = given_team(
        PLAN,
        record(PlayerJoined(OTTERS, ADA, "Ada"), session=PHONE),
        record(PlayerJoined(OTTERS, ADA, "ADA"), session=laptop),
    )
    assert state.players == {ADA: "ADA"}
    assert state.sessions == {PHONE: ADA, laptop: ADA}


def test_the_oldest_device_leaves_when_there_are_too_many() -> None:
    sessions = [SessionId(f"{n:032x}") for n in range(TEAM_SESSIONS_MAX)]
    joined = [record(PlayerJoined(OTTERS, ADA, "Ada"), session=session) for session in sessions]
    again = record(PlayerJoined(OTTERS, BOB, "Bob"), session=sessions[0])
    newest = record(PlayerJoined(OTTERS, BOB, "Bob"), session=SessionId("f" * 32))
    state = given_team(PLAN, *joined, again, newest)
    assert len(state.sessions) == TEAM_SESSIONS_MAX
    assert state.sessions[sessions[0]] == BOB
    assert sessions[1] not in state.sessions


def test_announcements_that_were_read_are_remembered() -> None:
    state = given_team(PLAN, AnnouncementSeen(OTTERS, ADA, AnnouncementId(2)))
    assert state.seen == {2}


@pytest.mark.parametrize(
    "event",
    [
        found(TERNS),
        TeamSteered(TERNS, PIER),
        FindVoided(TERNS, PIER),
        HintBought(TERNS, PIER, ADA, 0, 5),
        PlayerJoined(TERNS, ADA, "Ada"),
        PointsAdjusted(TERNS, 5),
        TeamDisqualified(TERNS),
        LocationClosed(PIER),
        TeamSpoke(OTTERS, ADA, "hi"),
        HuntStarted(),
    ],
)
def test_what_does_not_concern_the_team_leaves_it_as_it_is(event: AnyEvent) -> None:
    state = given_team(PLAN, found())
    assert evolve(state, record(event), PLAN) is state


def test_folding_changes_no_earlier_state() -> None:
    before = given_team(PLAN, found(), failed())
    finds, trials = dict(before.finds), dict(before.trials)
    given_team(PLAN)
    evolve(before, record(found(location=MILL)), PLAN)
    evolve(before, record(FindVoided(OTTERS, PIER)), PLAN)
    assert (before.finds, before.trials) == (finds, trials)


# Order --------------------------------------------------------------------------------------

STEERED = TeamSteered(OTTERS, TOWER)
OWN: tuple[AnyEvent, ...] = (
    HintBought(OTTERS, PIER, ADA, 0, 10),
    found(bonus=10, rank=2),
    PointsAdjusted(OTTERS, 7),
    failed(),
    found(location=MILL, points=30),
    STEERED,
    PlayerJoined(OTTERS, BOB, "Bob"),
)
PHASES: tuple[AnyEvent, ...] = (HuntStarted(), HuntPaused(), HuntResumed(), HuntFinished())
CORRECTIONS: tuple[AnyEvent, ...] = (
    FindVoided(TERNS, PIER, reranked=(Rerank(OTTERS, 1, 20),)),
    FindVoided(OTTERS, PIER),
    FindRestored(OTTERS, PIER, reranked=(Rerank(OTTERS, 1, 20),)),
)


def fold(records: list[Record]) -> TeamState:
    state = given_team(PLAN, started=False)
    for told in records:
        state = evolve(state, told, PLAN)
    return state


@given(
    data=st.data(),
    moments=st.lists(st.floats(START, START + 1_000), min_size=14, max_size=14),
)
def test_a_team_that_hears_late_of_the_hunt_and_of_others_ends_up_the_same(
    data: st.DataObject, moments: list[float]
) -> None:
    # The times of claims are those of the team, so the journal need not be in order of time.
    sources = (list(OWN), list(PHASES), list(CORRECTIONS))
    at = iter(moments)
    streams = [[record(event, at=next(at)) for event in events] for events in sources]
    streams[1].sort(key=lambda told: told.at)
    phases = [record(event, at=told.at) for event, told in zip(PHASES, streams[1], strict=True)]
    streams[1] = phases
    find = streams[0][1]
    in_order, late = _merge(data, streams, find), _merge(data, streams, find)
    assert fold(in_order) == fold(late)


def _merge(data: st.DataObject, streams: list[list[Record]], find: Record) -> list[Record]:
    """Any order that keeps each sender's own, and a find before its corrections."""
    left = [list(stream) for stream in streams]
    merged: list[Record] = []
    while any(left):
        may_correct = find in merged
        ready = [s for n, s in enumerate(left) if s and (n != 2 or may_correct)]
        merged.append(data.draw(st.sampled_from(ready)).pop(0))
    return merged


def test_finds_from_before_the_clock_changed_are_kept_as_they_are() -> None:
    state = given_team(PLAN, record(found(), at=START + 30))
    for event, at in ((HuntPaused(), 40), (HuntResumed(), 50), (HuntFinished(), 60)):
        after = evolve(state, record(event, at=START + at), PLAN)
        assert after.clock != state.clock
        assert after.finds is state.finds
        state = after


def test_folding_the_same_records_twice_gives_equal_states() -> None:
    records = [record(event) for event in (*PHASES, *OWN, *CORRECTIONS)]
    assert fold(records) == fold(records)
