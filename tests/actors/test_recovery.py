import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.dispatch import mailbox_of
from actors.domain.events import HuntSeeded, LocationClosed, LocationFound, Record, TeamSteered
from actors.domain.growing_map import DraftMap
from actors.domain.plan import Route
from actors.recovery import RecoveredHunt, Recovery
from actors.snapshot import encode
from tests.actors.conftest import StartRig
from tests.actors.edges import reason
from tests.actors.play import Play, lively_plan
from tests.actors.rig import POISON, Rig, actor, folded
from tests.domain.given import HUNT, OTTERS, PIER, TERNS, code, given_plan

ROUTES = list(Route)


def recovered(rig: Rig) -> RecoveredHunt:
    return folded(rig.writer.records).hunts[HUNT]


def assert_live_equals_recovered(rig: Rig) -> None:
    """Everything that actors hold is what a restart would make of the journal."""
    rig.commit()
    hunt = recovered(rig)
    image = hunt.image
    assert rig.hunt() == image.hunt
    for team, state in image.teams.items():
        assert rig.team(team) == state, team
        assert list(rig.team(team).sessions) == list(state.sessions)
    for place, found in image.locations.items():
        assert rig.location(place) == found, place
        assert list(rig.location(place).finds.items()) == list(found.finds.items())
    for is_public in (True, False):
        assert rig.rows(is_public) == image.board.rows(is_public)
    assert_applied_numbers(rig)


def assert_applied_numbers(rig: Rig) -> None:
    """Live actors know of at least the numbers that the journal does, and of no higher record."""
    for team, numbers in recovered(rig).applied.items():
        live = actor(rig.entry.teams[team])._applied
        for session in rig.team(team).sessions:
            assert live.of(session) >= numbers.of(session)


def assert_rules_held(records: list[Record], rig: Rig) -> None:
    """Invariants of the journal itself, whatever was played."""
    assert [record.position for record in records] == list(range(1, len(records) + 1))
    requests = [(r.session, r.n) for r in records if r.n is not None]
    assert len(requests) == len(set(requests))
    players = set(folded(records).sessions)
    numbers: dict[object, int] = {}
    for session, n in requests:
        # A game master's commands go to several actors, which do not wait for each other.
        if session in players:
            assert n is not None
            assert n > numbers.get(session, 0)
            numbers[session] = n
    assert_nothing_oversold(records, rig)


def assert_nothing_oversold(records: list[Record], rig: Rig) -> None:
    places = {place.id: place for place in rig.plan.locations}
    recovery = Recovery()
    for record in records:
        recovery.take(record)
        hunt, event = recovery.hunts[HUNT], record.event
        if isinstance(event, TeamSteered | LocationClosed):
            place = places[event.location]
            assert place.capacity is not None
            assert len(hunt.image.locations[event.location].steered) <= place.capacity
        if isinstance(event, LocationFound):
            stock = places[event.location].stock
            standing = hunt.image.locations[event.location].standing
            assert stock is None or standing <= stock


@pytest.mark.parametrize("route", ROUTES)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_after_any_play_the_journal_folds_to_the_live_state(route: Route, seed: int) -> None:
    with Rig(lively_plan(route), seed=seed) as rig:
        Play(rig, seed).go(250)
        assert_live_equals_recovered(rig)
        assert_rules_held(rig.writer.records, rig)


@pytest.mark.parametrize("route", ROUTES)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), is_disk_slow=st.booleans())
def test_after_any_play_with_failures_the_journal_folds_to_the_live_state(
    route: Route, seed: int, is_disk_slow: bool
) -> None:
    with Rig(lively_plan(route), seed=seed) as rig:
        play = Play(rig, seed)
        rig.is_reading_held = is_disk_slow

        def disturb() -> None:
            if play.random.random() < 0.05:
                rig.dispatcher.advance(30.0)  # Failures that are far apart are forgiven.
                victim = play.random.choice(rig.entry.refs())
                if not mailbox_of(victim).is_suspended:
                    victim.tell(POISON)
            if is_disk_slow and play.random.random() < 0.03:
                rig.read_back(meanwhile=lambda: play.go(3))

        play.go(200, disturb)
        rig.read_back()
        assert rig.supervisor.quarantined == set()
        assert_live_equals_recovered(rig)
        assert_rules_held(rig.writer.records, rig)


@pytest.mark.parametrize("route", ROUTES)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), part=st.floats(0, 1))
def test_a_server_that_starts_from_any_prefix_of_the_journal_plays_on(
    route: Route, seed: int, part: float
) -> None:
    with Rig(lively_plan(route), seed=seed) as rig:
        Play(rig, seed).go(150)
        records = rig.writer.records
    prefix = records[: max(1, round(part * len(records)))]
    with Rig(rig.plan, seed=seed, records=prefix) as again:
        before = again.journal.tail
        again.run()
        Play(again, seed + 1).go(60)
        assert again.journal.tail >= before
        assert_live_equals_recovered(again)


@pytest.mark.parametrize("route", ROUTES)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), cut=st.floats(0, 1))
def test_many_records_at_once_fold_as_one_after_the_other(
    route: Route, seed: int, cut: float
) -> None:
    with Rig(lively_plan(route), seed=seed) as rig:
        play = Play(rig, seed)
        play.go(150)
        if seed % 2:
            rig.seed(replace(rig.plan, title="Anew"))
            play.go(50)
        records = rig.writer.records
    one_by_one, at_once, middle = folded(records), Recovery(), round(cut * len(records))
    at_once.take_all(records[:middle])
    at_once.take_all(records[middle:])
    assert encode(at_once) == encode(one_by_one)
    image = at_once.hunts[HUNT].image
    maps: list[object] = [one.finds for one in image.locations.values()]
    for state in image.teams.values():
        maps += [state.finds, state.trials, state.hints]
    assert DraftMap not in {type(entries) for entries in maps}


@pytest.mark.parametrize("route", ROUTES)
def test_the_same_seed_plays_the_same_hunt(route: Route) -> None:
    def events(seed: int) -> list[object]:
        with Rig(lively_plan(route), seed=seed) as rig:
            Play(rig, seed).go(200)
            return [(record.at, record.event) for record in rig.writer.records]

    assert events(11) == events(11)
    assert events(11) != events(12)


# Sessions and numbers -----------------------------------------------------------------------


def test_what_a_session_did_is_known_after_a_restart(start_rig: StartRig, rig: Rig) -> None:
    ada = rig.join()
    rig.start()
    rig.ask(ada, code("lumen"))
    rig.ask(ada, code("wrong", PIER))
    again = start_rig(records=rig.writer.records)
    assert again.recovery.sessions == {ada.session: (HUNT, OTTERS)}
    assert again.team() == rig.team()
    again.entry.teams[OTTERS].tell("nonsense")
    again.run()
    repeated = again.ask(ada, code("lumen"), n=1)
    assert reason(repeated).value == "already_applied"


def test_a_game_masters_numbers_are_known_after_a_restart(start_rig: StartRig, rig: Rig) -> None:
    rig.start()
    again = start_rig(records=rig.writer.records)
    assert again.recovery.console.of(rig.game_master.session) == 1


def test_seeding_anew_forgets_the_hunts_players_but_no_other_hunts(rig: Rig) -> None:
    park = given_plan(hunt="park")
    rig.seed(park)
    stays = rig.join(TERNS, "Bob", park.hunt)
    rig.join()
    rig.seed(replace(rig.plan, title="Anew"))
    recovery = folded(rig.writer.records)
    assert recovery.sessions == {stays.session: (park.hunt, TERNS)}
    assert recovery.hunts[HUNT].image.teams[OTTERS].players == {}
    assert recovery.last_position == rig.journal.tail


def test_an_empty_journal_recovers_to_nothing() -> None:
    recovery = folded([])
    assert (recovery.hunts, recovery.sessions, recovery.last_position) == ({}, {}, 0)


def test_a_recovered_hunt_shows_its_leaderboard_at_once(start_rig: StartRig, rig: Rig) -> None:
    ada = rig.join()
    rig.start()
    rig.ask(ada, code("lumen"))
    again = start_rig(records=rig.writer.records)
    assert again.rows()[0].score == 50
    assert isinstance(again.writer.records[0].event, HuntSeeded)
