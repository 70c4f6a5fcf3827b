from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.domain import hunt, location, team
from actors.domain.claims import Attempt
from actors.domain.clock import Phase
from actors.domain.commands import (
    AdjustPoints,
    BuyHint,
    Claim,
    CloseLocation,
    Disqualify,
    ExtendHunt,
    FinishHunt,
    FreezeLeaderboard,
    GrantHint,
    JoinTeam,
    OpenLocation,
    PauseHunt,
    Reinstate,
    RestoreFind,
    ResumeHunt,
    Say,
    ThawLeaderboard,
    VoidFind,
)
from actors.domain.events import (
    AnyEvent,
    FindVoided,
    HuntSeeded,
    HuntStarted,
    LocationClosed,
    PlayerJoined,
    Record,
    Rerank,
    TeamDisqualified,
    TeamSteered,
)
from actors.domain.ids import LocationId, TeamId
from actors.domain.location import Steer
from actors.domain.plan import HuntPlan, Lockout, Route, Scoring
from actors.domain.recovery import ROUTES, HuntImage, apply, start_image
from actors.domain.refusals import Refusal
from tests.domain.given import (
    ADA,
    HUNT,
    MILL,
    OTTERS,
    PIER,
    SEALS,
    START,
    TERNS,
    found,
    given_image,
    given_mill,
    given_pier,
    given_plan,
    given_tower,
    record,
    requires,
)


def test_a_hunt_begins_with_its_plan() -> None:
    plan = given_plan()
    image = start_image(record(HuntSeeded(plan)))
    assert image.hunt.clock.phase is Phase.DRAFT
    assert list(image.teams) == [OTTERS, TERNS, SEALS]
    assert list(image.locations) == [place.id for place in plan.locations]


def test_no_other_event_can_begin_a_hunt() -> None:
    with pytest.raises(TypeError, match="HuntStarted"):
        start_image(record(HuntStarted()))


def test_a_find_reaches_its_team_its_location_and_the_leaderboard() -> None:
    image = given_image(given_plan(), found())
    assert image.teams[OTTERS].score == 50
    assert image.teams[TERNS].score == 0
    assert image.locations[PIER].finds == {OTTERS: False}
    assert image.board.rows(public=True)[0].score == 50


def test_a_void_find_reaches_the_later_finders() -> None:
    moved = FindVoided(OTTERS, PIER, reranked=(Rerank(TERNS, 1, 20),))
    image = given_image(given_plan(), found(), found(TERNS, rank=2), moved)
    assert (image.teams[TERNS].score, image.teams[TERNS].finds[PIER].rank) == (70, 1)


def test_a_disqualified_team_frees_the_place_that_it_holds() -> None:
    plan = given_plan(route=Route.LINEAR)
    image = given_image(plan, TeamSteered(OTTERS, MILL), TeamDisqualified(OTTERS))
    assert image.locations[MILL].steered == ()
    assert image.teams[OTTERS].target is None


def test_closing_a_location_lets_go_of_the_teams_on_their_way() -> None:
    plan = given_plan(route=Route.LINEAR)
    joined = PlayerJoined(OTTERS, ADA, "Ada")
    image = given_image(plan, joined, TeamSteered(OTTERS, PIER), LocationClosed(PIER))
    assert image.teams[OTTERS].target is None
    assert team.steering_candidates(image.teams[OTTERS], plan)[0] == PIER


def test_seeding_again_drops_everything() -> None:
    image = given_image(given_plan(), found(), HuntSeeded(given_plan(title="Second try")))
    assert image.hunt.plan.title == "Second try"
    assert image.teams[OTTERS].finds == {}
    assert image.locations[PIER].finds == {}
    assert image.board.rows(public=True)[0].score == 0


def test_every_event_has_its_way_to_those_whom_it_concerns() -> None:
    assert set(ROUTES) == set(get_args(AnyEvent))


# Random play --------------------------------------------------------------------------------

TEAMS = (OTTERS, TERNS, SEALS)
PLACES = tuple(LocationId(f"l{n}") for n in range(5))


def _plan(route: Route) -> HuntPlan:
    places = (
        given_pier(id=PLACES[0], stock=2, capacity=1),
        given_pier(id=PLACES[1], requires=requires(PLACES[0], PLACES[2], any_of=1)),
        given_mill(id=PLACES[2], capacity=2),
        given_pier(id=PLACES[3], stock=1),
        given_tower(id=PLACES[4], proof=()),
    )
    scoring = Scoring(finder_bonus=(5, 3), wrong_claim=-1, lockout=Lockout(after=2, for_s=9.0))
    return given_plan(locations=places, route=route, scoring=scoring, duration_s=900.0)


class Game:
    """Plays a hunt in journal order, as actors do it without any delay between them."""

    def __init__(self, route: Route) -> None:
        self.plan = _plan(route)
        self.now = START
        self.records = [Record(1, HUNT, self.now, HuntSeeded(self.plan))]
        self.image = start_image(self.records[0])
        self.append(HuntStarted())

    def append(self, event: AnyEvent | Refusal | None) -> None:
        if event is None or isinstance(event, Refusal):
            return
        self.records.append(Record(len(self.records) + 1, HUNT, self.now, event))
        apply(self.image, self.records[-1])

    def play(self, step: tuple[str, TeamId, LocationId]) -> None:
        word, who, where = step
        self.now += 7.0
        state, place = self.image.teams[who], self.image.locations[where]
        if word in _CLAIMS:
            claim = Claim(where, code=_CLAIMS[word], answer="lighthouse")
            asked = team.check_claim(state, claim, ADA, self.plan, self.now)
            if isinstance(asked, Attempt):
                self.append(location.decide(place, asked, self.plan, self.now))
        elif word == "steer":
            if where in team.steering_candidates(state, self.plan):
                self.append(location.decide(place, Steer(who), self.plan, self.now))
        elif word in _AT_LOCATION:
            command = _AT_LOCATION[word](who, where)
            self.append(location.decide(place, command, self.plan, self.now))
        elif word in _IN_HUNT:
            self.append(hunt.decide(self.image.hunt, _IN_HUNT[word], self.now))
        else:
            command = _IN_TEAM[word](who, where)
            self.append(team.decide(state, command, ADA, self.plan, self.now))


_CLAIMS = {"claim": "lumen", "fail": "nox"}
_AT_LOCATION: dict[str, Any] = {
    "void": VoidFind,
    "restore": RestoreFind,
    "close": lambda _, where: CloseLocation(where),
    "open": lambda _, where: OpenLocation(where),
}
_IN_HUNT: dict[str, Any] = {
    "pause": PauseHunt(),
    "resume": ResumeHunt(),
    "finish": FinishHunt(),
    "extend": ExtendHunt(30),
    "shorten": ExtendHunt(-40),
    "freeze": FreezeLeaderboard(),
    "thaw": ThawLeaderboard(),
    "tick": hunt.Tick(),
}
_IN_TEAM: dict[str, Any] = {
    "hint": lambda _, where: BuyHint(where, 0),
    "grant": lambda who, where: GrantHint(who, where, 0),
    "say": lambda _, __: Say("hello"),
    "adjust": lambda who, _: AdjustPoints(who, 4),
    "take": lambda who, _: AdjustPoints(who, -3),
    "disqualify": lambda who, _: Disqualify(who),
    "reinstate": lambda who, _: Reinstate(who),
    "join": lambda _, __: JoinTeam("Ada"),
}
_WORDS = (
    *("claim", "claim", "claim", "fail", "steer", "steer", "join"),
    *_AT_LOCATION,
    *(word for word in _IN_HUNT if word != "finish"),
    *_IN_TEAM,
)
STEPS = st.lists(
    st.tuples(st.sampled_from(_WORDS), st.sampled_from(TEAMS), st.sampled_from(PLACES)),
    min_size=25,
    max_size=80,
)


def _played(route: Route, steps: list[tuple[str, TeamId, LocationId]]) -> Game:
    game = Game(route)
    for step in steps:
        game.play(step)
    return game


@settings(deadline=None)
@given(route=st.sampled_from(Route), steps=STEPS)
def test_the_leaderboard_and_the_teams_agree_on_every_score(
    route: Route, steps: list[tuple[str, TeamId, LocationId]]
) -> None:
    image = _played(route, steps).image
    shown = {row.team: row.score for row in image.board.rows(public=False)}
    playing = {key: state for key, state in image.teams.items() if not state.disqualified}
    assert shown == {key: state.score for key, state in playing.items()}
    if not image.board.is_frozen:
        assert image.board.rows(public=True) == image.board.rows(public=False)


@settings(deadline=None)
@given(route=st.sampled_from(Route), steps=STEPS)
def test_teams_and_locations_agree_on_finds_and_places(
    route: Route, steps: list[tuple[str, TeamId, LocationId]]
) -> None:
    image = _played(route, steps).image
    for where, place in image.locations.items():
        finders = {who for who in TEAMS if where in image.teams[who].finds}
        assert set(place.finds) == finders
        assert all(image.teams[who].finds[where].void == place.finds[who] for who in finders)
        assert set(place.steered) == {who for who in TEAMS if image.teams[who].target == where}
        ranks = [image.teams[who].finds[where].rank for who in place.finds if not place.finds[who]]
        assert ranks == list(range(1, place.standing + 1))


@settings(deadline=None)
@given(route=st.sampled_from(Route), steps=STEPS)
def test_a_folded_journal_is_the_live_hunt(
    route: Route, steps: list[tuple[str, TeamId, LocationId]]
) -> None:
    game = _played(route, steps)
    again = start_image(game.records[0])
    for told in game.records[1:]:
        apply(again, told)
    assert _parts(again) == _parts(game.image)


@settings(deadline=None)
@given(route=st.sampled_from(Route), steps=STEPS)
def test_whom_a_record_is_not_routed_to_it_does_not_concern(
    route: Route, steps: list[tuple[str, TeamId, LocationId]]
) -> None:
    game = _played(route, steps)
    told_all = start_image(game.records[0])
    for told in game.records[1:]:
        told_all.board.apply(told)
        told_all.hunt = hunt.evolve(told_all.hunt, told)
        for who, state in told_all.teams.items():
            told_all.teams[who] = team.evolve(state, told, game.plan)
        for where, place in told_all.locations.items():
            told_all.locations[where] = location.evolve(place, told)
    assert _parts(told_all) == _parts(game.image)


def _parts(image: HuntImage) -> tuple[object, ...]:
    board = image.board
    return image.hunt, image.teams, image.locations, board.rows(True), board.rows(False)
