import msgspec
import pytest

from actors.domain import views
from actors.domain.clock import HuntClock, Phase
from actors.domain.events import (
    AnyEvent,
    ClaimFailed,
    FindVoided,
    HintBought,
    HuntFinished,
    HuntStarted,
    PlayerJoined,
    TeamDisqualified,
    TeamSteered,
)
from actors.domain.ids import LocationId
from actors.domain.plan import HuntPlan, Route, Scoring
from actors.domain.refusals import Reason
from actors.domain.views import (
    HintView,
    LocationView,
    TeamView,
    hunt_view,
    is_visible,
    location_view,
    team_view,
)
from tests.domain.given import (
    ADA,
    BOB,
    MILL,
    OTTERS,
    PIER,
    PIER_AT,
    START,
    found,
    given_mill,
    given_pier,
    given_plan,
    given_team,
    record,
    requires,
)

PLAN = given_plan()
BEHIND_THE_MILL = given_plan(locations=(given_pier(requires=requires(MILL)), given_mill()))


def view(*events: AnyEvent, plan: HuntPlan = PLAN, started: bool = True) -> TeamView:
    return team_view(given_team(plan, *events, started=started), plan, START)


def pier_view(*events: AnyEvent, now: float = START) -> LocationView:
    return location_view(given_team(PLAN, *events), given_pier(), PLAN, now)


def test_a_hunt_shows_its_times_and_rules() -> None:
    plan = given_plan(duration_s=600.0, scoring=Scoring(finder_bonus=(5,), wrong_claim=-1))
    clock = HuntClock(duration_s=600.0).after(HuntStarted(), START)
    shown = hunt_view(plan, clock, START + 10)
    assert (shown.phase, shown.elapsed_s, shown.ends_at) == (Phase.RUNNING, 10.0, START + 600)
    assert (shown.finder_bonus, shown.wrong_claim, shown.team_size_max) == ((5,), -1, 6)


def test_before_the_start_no_location_is_shown() -> None:
    assert view(started=False).locations == ()
    assert len(view().locations) == 3
    assert len(view(HuntFinished()).locations) == 3


def test_a_team_shows_its_players_and_how_it_stands() -> None:
    shown = view(PlayerJoined(OTTERS, BOB, "Bob"), PlayerJoined(OTTERS, ADA, "Ada"), found())
    assert (shown.players, shown.score) == (("Bob", "Ada"), 50)
    assert view(TeamDisqualified(OTTERS)).disqualified


def test_a_locked_location_is_not_shown() -> None:
    assert [place.id for place in view(plan=BEHIND_THE_MILL).locations] == [MILL]
    shown = view(found(location=MILL), plan=BEHIND_THE_MILL)
    assert [place.id for place in shown.locations] == [PIER, MILL]


def test_what_was_found_stays_shown_when_its_requirement_is_taken_back() -> None:
    events = (found(location=MILL), found(), FindVoided(OTTERS, MILL))
    assert is_visible(given_team(BEHIND_THE_MILL, *events), given_pier(), BEHIND_THE_MILL)


def test_on_a_guided_route_only_the_target_and_finds_are_shown() -> None:
    plan = given_plan(route=Route.LINEAR)
    shown = view(found(), TeamSteered(OTTERS, MILL), plan=plan)
    assert [(place.id, place.state) for place in shown.locations] == [
        (PIER, "found"),
        (MILL, "open"),
    ]
    assert shown.target == MILL


def test_where_a_location_is_shows_only_when_it_is_found() -> None:
    assert (pier_view().at, pier_view().radius_m) == (None, None)
    shown = pier_view(found(bonus=20, rank=2))
    assert (shown.at, shown.radius_m) == (PIER_AT, 40.0)
    assert (shown.state, shown.rank, shown.bonus, shown.found_at) == ("found", 2, 20, START)


def test_where_a_location_on_the_map_is_shows_as_soon_as_it_does() -> None:
    plan = given_plan(locations=(given_pier(on_map=True), given_mill(on_map=True)))
    pier, mill = view(plan=plan).locations
    assert (pier.state, pier.at, pier.radius_m) == ("open", PIER_AT, 40.0)
    assert (mill.at, mill.radius_m) == (None, None)  # Nobody knows where that is.
    assert view(plan=plan, started=False).locations == ()


def test_a_hunt_shows_that_it_is_for_practice() -> None:
    assert not hunt_view(PLAN, HuntClock(), START).practice
    assert hunt_view(given_plan(practice=True), HuntClock(), START).practice


def test_a_void_find_shows_as_such_without_a_rank() -> None:
    shown = pier_view(found(), FindVoided(OTTERS, PIER))
    assert (shown.state, shown.rank, shown.bonus) == ("void", None, None)


def test_a_hint_shows_its_text_only_when_it_is_bought() -> None:
    free, later = pier_view().hints
    assert free == HintView(0, 10, None, None)
    assert later == HintView(1, 5, 600.0, None)
    assert pier_view(HintBought(OTTERS, PIER, ADA, 0, 10)).hints[0].text == "It floats."


def test_the_time_of_a_hint_counts_from_the_unlocking() -> None:
    state = given_team(BEHIND_THE_MILL, record(found(location=MILL), at=START + 50))
    shown = location_view(state, BEHIND_THE_MILL.locations[0], BEHIND_THE_MILL, START)
    assert shown.hints[1].after_s == 650.0


def test_a_lock_out_shows_until_it_is_over() -> None:
    failed = ClaimFailed(
        OTTERS, PIER, ADA, Reason.WRONG_CODE, "No.", failures=0, lockouts=1, locked_until=START + 9
    )
    assert pier_view(failed, now=START + 8.9).locked_until == START + 9
    assert pier_view(failed, now=START + 9).locked_until is None


def test_a_snapshot_is_bounded_and_says_what_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "SNAPSHOT_LOCATIONS_MAX", 2)
    places = tuple(given_pier(id=LocationId(f"l{n}")) for n in range(5))
    shown = view(plan=given_plan(locations=places))
    assert [place.id for place in shown.locations] == ["l0", "l1"]
    assert shown.locations_more == 3


@pytest.mark.parametrize("events", [(), (found(),), (found(), FindVoided(OTTERS, PIER))])
def test_no_view_ever_holds_a_secret(events: tuple[AnyEvent, ...]) -> None:
    shown = msgspec.json.encode(view(*events)).decode().lower()
    for secret in ("lumen", "lighthouse", "light ?ship", "lantern", "floats", "look down"):
        assert secret not in shown


def test_where_the_tower_stands_is_not_sent_before_it_is_found() -> None:
    assert "57.7072" not in msgspec.json.encode(view()).decode()


def test_defaults_are_left_out_on_the_wire() -> None:
    sent = msgspec.to_builtins(pier_view())
    assert set(sent) == {"id", "name", "state", "points", "proof", "clue", "hints"}
    assert sent["state"] == "open"
