import pytest

from actors.domain.commands import (
    AdjustPoints,
    BuyHint,
    Disqualify,
    GrantHint,
    JoinTeam,
    MarkSeen,
    Reinstate,
    Say,
)
from actors.domain.events import (
    AnnouncementSeen,
    AnyEvent,
    FindVoided,
    HintBought,
    HintGranted,
    HuntFinished,
    HuntPaused,
    PlayerJoined,
    PointsAdjusted,
    TeamDisqualified,
    TeamReinstated,
    TeamSpoke,
    TeamSteered,
)
from actors.domain.ids import AnnouncementId, LocationId
from actors.domain.plan import HuntPlan, Route
from actors.domain.refusals import Reason, Refusal
from actors.domain.team import OwnCommand, decide
from tests.domain.given import (
    ADA,
    BOB,
    MILL,
    OTTERS,
    PIER,
    START,
    found,
    given_mill,
    given_pier,
    given_plan,
    given_team,
    record,
    refused,
    requires,
)

PLAN = given_plan()


def asked(
    command: OwnCommand,
    *events: AnyEvent,
    plan: HuntPlan = PLAN,
    now: float = START,
    started: bool = True,
) -> object:
    return decide(given_team(plan, *events, started=started), command, ADA, plan, now)


def reason_of(command: OwnCommand, *events: AnyEvent, plan: HuntPlan = PLAN) -> Reason:
    return refused(asked(command, *events, plan=plan)).reason


# Hints --------------------------------------------------------------------------------------


def test_a_hint_is_bought_at_its_price() -> None:
    assert asked(BuyHint(PIER, 0)) == HintBought(OTTERS, PIER, ADA, 0, 10)


def test_a_hint_may_take_the_score_below_zero() -> None:
    bought = asked(BuyHint(PIER, 0))
    assert isinstance(bought, HintBought)
    assert given_team(PLAN, bought).score == -10


def test_a_hint_is_not_for_sale_before_its_time() -> None:
    early = refused(asked(BuyHint(PIER, 1), now=START + 540))
    assert (early.reason, early.retry_after_s) == (Reason.TOO_EARLY, 60.0)
    assert isinstance(asked(BuyHint(PIER, 1), now=START + 600), HintBought)


def test_the_time_of_a_hint_counts_from_when_the_location_was_unlocked() -> None:
    plan = given_plan(locations=(given_pier(requires=requires(MILL)), given_mill()))
    state = given_team(plan, record(found(location=MILL), at=START + 100))
    early = refused(decide(state, BuyHint(PIER, 1), ADA, plan, START + 600))
    assert early.retry_after_s == 100.0


@pytest.mark.parametrize("index", [2, -1])
def test_a_hint_that_is_not_there_is_not_found(index: int) -> None:
    assert reason_of(BuyHint(PIER, index)) is Reason.NOT_FOUND


def test_a_hint_of_an_unknown_location_is_not_found() -> None:
    assert reason_of(BuyHint(LocationId("atlantis"), 0)) is Reason.NOT_FOUND


def test_a_hint_is_bought_once() -> None:
    bought = HintBought(OTTERS, PIER, BOB, 0, 10)
    assert reason_of(BuyHint(PIER, 0), bought) is Reason.ALREADY_BOUGHT


def test_no_hint_is_sold_for_what_is_found_or_was_taken_back() -> None:
    assert reason_of(BuyHint(PIER, 0), found()) is Reason.ALREADY_FOUND
    void = (found(), FindVoided(OTTERS, PIER))
    assert reason_of(BuyHint(PIER, 0), *void) is Reason.NOT_ALLOWED


def test_no_hint_is_sold_for_a_locked_location() -> None:
    plan = given_plan(locations=(given_pier(requires=requires(MILL)), given_mill()))
    assert reason_of(BuyHint(PIER, 0), plan=plan) is Reason.LOCKED
    linear = given_plan(route=Route.LINEAR)
    steered = TeamSteered(OTTERS, MILL)
    assert reason_of(BuyHint(PIER, 0), steered, plan=linear) is Reason.LOCKED


def test_no_hint_is_sold_while_the_hunt_stands_still_or_to_a_team_that_is_out() -> None:
    assert reason_of(BuyHint(PIER, 0), HuntPaused()) is Reason.NOT_RUNNING
    assert reason_of(BuyHint(PIER, 0), TeamDisqualified(OTTERS)) is Reason.DISQUALIFIED


# Talking ------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [HuntPaused(), HuntFinished(), TeamDisqualified(OTTERS)])
def test_a_team_can_always_talk_to_the_game_masters(event: AnyEvent) -> None:
    assert asked(Say(" We are  lost\u202e "), event) == TeamSpoke(OTTERS, ADA, "We are lost")


@pytest.mark.parametrize("text", ["", " \n ", "a" * 501])
def test_saying_nothing_or_too_much_is_malformed(text: str) -> None:
    assert reason_of(Say(text)) is Reason.MALFORMED


def test_an_announcement_is_marked_as_seen_once_per_team() -> None:
    seen = AnnouncementSeen(OTTERS, ADA, AnnouncementId(3))
    assert asked(MarkSeen(AnnouncementId(3))) == seen
    assert reason_of(MarkSeen(AnnouncementId(3)), seen) is Reason.NO_CHANGE


@pytest.mark.parametrize("number", [0, -1, 501])
def test_an_announcement_that_cannot_be_is_not_found(number: int) -> None:
    assert reason_of(MarkSeen(AnnouncementId(number))) is Reason.NOT_FOUND


@pytest.mark.parametrize("command", [BuyHint(PIER, 0), Say("hi"), MarkSeen(AnnouncementId(1))])
def test_only_players_act_for_their_team(command: OwnCommand) -> None:
    outcome = decide(given_team(PLAN), command, None, PLAN, START)
    assert refused(outcome).reason is Reason.NOT_ALLOWED


# Joining ------------------------------------------------------------------------------------


def joins(name: str, *events: AnyEvent, plan: HuntPlan = PLAN, started: bool = True) -> object:
    state = given_team(plan, *events, started=started)
    return decide(state, JoinTeam(name), None, plan, START)


def test_a_player_joins_under_a_cleaned_name() -> None:
    assert joins("  Ada ") == PlayerJoined(OTTERS, ADA, "Ada")
    assert joins("Ada", started=False) == PlayerJoined(OTTERS, ADA, "Ada")
    assert joins("Ada", HuntPaused()) == PlayerJoined(OTTERS, ADA, "Ada")


@pytest.mark.parametrize("name", ["", "\u200b", "a" * 33])
def test_a_name_that_cannot_be_shown_is_malformed(name: str) -> None:
    assert refused(joins(name)).reason is Reason.MALFORMED


def test_a_full_team_takes_only_the_players_that_it_has() -> None:
    plan = given_plan(team_size_max=1)
    ada = PlayerJoined(OTTERS, ADA, "Ada")
    assert refused(joins("Bob", ada, plan=plan)).reason is Reason.TEAM_FULL
    assert joins("ADA", ada, plan=plan) == PlayerJoined(OTTERS, ADA, "ADA")


def test_nobody_joins_a_hunt_that_is_over() -> None:
    assert refused(joins("Ada", HuntFinished())).reason is Reason.NOT_RUNNING


# The game master ----------------------------------------------------------------------------


@pytest.mark.parametrize("points", [5, -5, 1_000_000, -1_000_000])
def test_points_can_be_given_and_taken(points: int) -> None:
    assert asked(AdjustPoints(OTTERS, points, "fair play")) == PointsAdjusted(
        OTTERS, points, "fair play"
    )


@pytest.mark.parametrize("points", [0, 1_000_001, -1_000_001])
def test_an_adjustment_by_nothing_or_too_much_is_malformed(points: int) -> None:
    assert reason_of(AdjustPoints(OTTERS, points)) is Reason.MALFORMED


def test_a_reason_that_nobody_would_read_is_malformed() -> None:
    assert reason_of(AdjustPoints(OTTERS, 5, "a" * 501)) is Reason.MALFORMED


def test_a_team_is_disqualified_once_and_reinstated_once() -> None:
    out = TeamDisqualified(OTTERS, "")
    assert asked(Disqualify(OTTERS)) == out
    assert reason_of(Disqualify(OTTERS), out) is Reason.NO_CHANGE
    assert asked(Reinstate(OTTERS), out) == TeamReinstated(OTTERS)
    assert reason_of(Reinstate(OTTERS)) is Reason.NO_CHANGE


def test_the_game_master_corrects_points_in_every_phase() -> None:
    for events in ((HuntPaused(),), (HuntFinished(),)):
        assert not isinstance(asked(AdjustPoints(OTTERS, 5), *events), Refusal)
    assert not isinstance(asked(AdjustPoints(OTTERS, 5), started=False), Refusal)


# Hints that are given ----------------------------------------------------------------------


GRANT = GrantHint(OTTERS, PIER, 1, " fog ")


def test_a_hint_is_given_free_of_charge_and_before_its_time() -> None:
    event = asked(GRANT)
    assert event == HintGranted(OTTERS, PIER, 1, "fog")
    state = given_team(PLAN, event)
    assert (state.hints, state.score) == ({PIER: (1,)}, 0)
    assert reason_of(BuyHint(PIER, 1), HintGranted(OTTERS, PIER, 1)) is Reason.ALREADY_BOUGHT


def test_a_hint_is_given_in_a_pause_too() -> None:
    assert isinstance(asked(GRANT, HuntPaused()), HintGranted)


@pytest.mark.parametrize(
    ("command", "events", "reason"),
    [
        (GrantHint(OTTERS, PIER, 2), (), Reason.NOT_FOUND),
        (GrantHint(OTTERS, PIER, -1), (), Reason.NOT_FOUND),
        (GrantHint(OTTERS, LocationId("moon"), 0), (), Reason.NOT_FOUND),
        (GRANT, (HintGranted(OTTERS, PIER, 1),), Reason.NO_CHANGE),
        (GRANT, (HintBought(OTTERS, PIER, ADA, 1, 5),), Reason.NO_CHANGE),
        (GRANT, (found(),), Reason.ALREADY_FOUND),
        (GRANT, (HuntFinished(),), Reason.NOT_RUNNING),
        (GrantHint(OTTERS, PIER, 1, "x" * 501), (), Reason.MALFORMED),
    ],
)
def test_a_hint_that_helps_nobody_is_not_given(
    command: GrantHint, events: tuple[AnyEvent, ...], reason: Reason
) -> None:
    assert reason_of(command, *events) is reason


def test_a_hint_shows_no_place_that_the_team_may_not_see() -> None:
    locked = given_plan(locations=(given_pier(requires=requires(MILL)), given_mill()))
    assert reason_of(GRANT, plan=locked) is Reason.LOCKED
    assert reason_of(GRANT, plan=given_plan(route=Route.LINEAR)) is Reason.LOCKED
    assert refused(asked(GRANT, started=False)).reason is Reason.NOT_RUNNING
