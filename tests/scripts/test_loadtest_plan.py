from collections import Counter, defaultdict
from itertools import pairwise

import pytest
from msgspec.structs import replace

from scripts.loadtest_plan import (
    MASTER,
    PLACES_MAX,
    Phase,
    Shape,
    What,
    document,
    remains,
    steps,
)
from server.plan_desk import check
from server.requests import Seed

SHAPE = Shape(players=50, seconds=30.0, seed=3)


def test_the_same_seed_plans_the_same_and_another_one_something_else() -> None:
    assert list(steps(SHAPE)) == list(steps(SHAPE))
    assert list(steps(SHAPE)) != list(steps(replace(SHAPE, seed=4)))


def test_steps_come_in_order_and_none_after_the_end() -> None:
    planned = list(steps(SHAPE))
    assert all(one.at <= other.at for one, other in pairwise(planned))
    assert planned[-1].at < SHAPE.seconds


def test_everybody_joins_then_everybody_claims_at_the_first_location() -> None:
    planned = list(steps(SHAPE))
    joins = [one for one in planned if one.what is What.JOIN]
    rush = [one for one in planned if one.what is What.CLAIM and one.place == 0]
    everybody = set(range(SHAPE.players))
    assert {one.phone for one in joins} == {one.phone for one in rush} == everybody
    assert len(joins) == len(rush) == SHAPE.players
    assert max(one.at for one in joins) < SHAPE.rush_at <= min(one.at for one in rush)
    assert max(one.at for one in rush) <= SHAPE.play_at


def test_a_team_claims_no_place_twice_after_that_and_buys_no_hint_twice() -> None:
    done: defaultdict[int, Counter[tuple[What, int]]] = defaultdict(Counter)
    for one in steps(replace(SHAPE, seconds=120.0)):
        is_counted = one.what is What.HINT or (one.what is What.CLAIM and one.place > 0)
        if is_counted:
            done[SHAPE.team_of(one.phone)][one.what, one.place] += 1
    assert max(max(of_team.values()) for of_team in done.values()) == 1


def test_phones_keep_their_pace_and_every_kind_of_step_is_there() -> None:
    shape = Shape(players=200, seconds=60.0)
    counts = Counter(one.what for one in steps(shape))
    assert set(counts) == set(What)
    acting = (What.CLAIM, What.WRONG, What.HINT, What.SAY)
    actions = sum(counts[what] for what in acting) - shape.players  # The rush comes on top.
    assert actions == pytest.approx(200 * 0.1 * (60.0 - shape.play_at), rel=0.1)
    assert counts[What.POSITION] == pytest.approx(200 / 5 * (60.0 - shape.rush_at), rel=0.1)


def test_a_short_test_of_a_few_phones_has_a_drop_and_an_announcement_too() -> None:
    counts = Counter(one.what for one in steps(Shape(players=10, seconds=3.0)))
    assert counts[What.DROP] >= 1
    assert counts[What.ANNOUNCE] == 1


def test_only_the_game_master_announces() -> None:
    spoken = {one.phone for one in steps(SHAPE) if one.what is What.ANNOUNCE}
    assert spoken == {MASTER}


def test_a_team_that_has_found_everything_writes_messages() -> None:
    shape = Shape(players=8, seconds=600.0, actions_per_s=1.0)
    assert shape.places == PLACES_MAX
    planned = list(steps(shape))
    assert max(one.place for one in planned) == PLACES_MAX - 1
    assert {one.what for one in planned[-20:]} <= {What.SAY, What.POSITION}


@pytest.mark.parametrize("shape", [Shape(), Shape(players=5_001), Shape(players=1, seconds=1.0)])
def test_the_hunt_is_one_that_the_server_takes(shape: Shape) -> None:
    planned = document("loadtest-x", shape)
    assert "mistakes" not in str(check(Seed(1, planned)))
    assert planned["teams"]["count"] * shape.team_size >= shape.players
    assert max(one.place for one in steps(shape)) < len(planned["locations"])


def test_what_remains_of_it_is_small() -> None:
    planned = remains("loadtest-x")
    assert "mistakes" not in str(check(Seed(1, planned)))
    assert planned["teams"]["count"] == 1
    assert len(planned["locations"]) <= 5


def test_the_phases_follow_each_other() -> None:
    ends = (0.0, SHAPE.rush_at, SHAPE.play_at)
    assert [SHAPE.phase(at) for at in ends] == [Phase.JOIN, Phase.RUSH, Phase.PLAY]
