import random
from typing import Any

import pytest

from actors.domain.geo import distance_m
from actors.domain.plan import Answer, HuntPlan
from actors.domain.plan_reader import read_plan
from actors.domain.text import matches_answer
from scripts.bots_mind import Mind, Traits, solution

Message = dict[str, Any]

PIER, MILL = [57.7072, 11.9668], [57.7100, 11.9700]


def given_plan(**location: Any) -> HuntPlan:
    plan = read_plan(
        {
            "version": 1,
            "hunt": "harbour",
            "title": "Harbour Lights",
            "teams": {"count": 1},
            "locations": [{"id": "pier", "name": "Pier", **location}],
        }
    )
    assert isinstance(plan, HuntPlan)
    return plan


def given_mind(plan: HuntPlan, seed: int = 1, **traits: float) -> Mind:
    mind = Mind(plan, Traits(**traits), random.Random(seed))
    mind.see(welcome())
    return mind


def welcome(phase: str = "running", **team: Any) -> Message:
    locations = [{"id": "pier", "state": "open", "hints": [{"hint": 0, "cost": 5}]}]
    return {
        "t": "welcome",
        "hunt": {"phase": phase},
        "team": {"locations": locations, **team},
        "announcements": [],
    }


def acts(mind: Mind, times: int, now: float = 0.0) -> list[Message]:
    return [request for _ in range(times) if (request := mind.act(now)) is not None]


def claims(requests: list[Message]) -> list[Message]:
    return [request for request in requests if request["t"] == "claim"]


def refused(reason: str, **more: float) -> Message:
    return {"t": "refused", "reason": reason, **more}


def test_the_same_seed_decides_the_same() -> None:
    plan = given_plan(answers=["lighthouse"], near_misses={"lamp": "Bigger."})
    first, second, other = (acts(given_mind(plan, seed), 50) for seed in (7, 7, 8))
    assert first == second
    assert first != other


def test_a_perfect_solver_is_always_right() -> None:
    plan = given_plan(proof=["code", "answer"], code="LUMEN", answers=[{"regex": "light ?house"}])
    for claim in claims(acts(given_mind(plan, solve=1.0), 50)):
        assert claim["code"] == "lumen"
        assert matches_answer(claim["answer"], (Answer(regex="light ?house"),))


def test_a_hopeless_solver_is_always_wrong_and_falls_for_near_misses() -> None:
    plan = given_plan(answers=["lighthouse"], near_misses={"lamp": "Bigger."})
    given = {claim["answer"] for claim in claims(acts(given_mind(plan, solve=0.0), 100))}
    assert "lamp" in given
    assert "lighthouse" not in given
    assert len(given) > 3


def test_nothing_is_claimed_before_the_start_or_while_paused() -> None:
    mind = given_mind(given_plan(code="LUMEN"))
    for phase in ("draft", "paused"):
        mind.see({"t": "phase", "phase": phase})
        assert acts(mind, 20) == []


def test_every_announcement_is_marked_as_seen_once() -> None:
    mind = given_mind(given_plan(code="LUMEN"))
    for _ in range(2):
        mind.see({"t": "announcement", "announcement": {"id": 4}})
    mind.see({"t": "phase", "phase": "paused"})
    assert acts(mind, 10) == [{"t": "seen", "announcement": 4}]


def test_a_found_location_is_left_alone_and_what_it_unlocks_is_next() -> None:
    plan = given_plan(code="LUMEN")
    mind = given_mind(plan)
    claim = claims(acts(mind, 20))[0]
    mind.learn(claim, {"t": "accepted", "n": 1}, 0.0)
    assert mind.is_done
    assert claims(acts(mind, 20)) == []


def test_a_lock_out_is_waited_for() -> None:
    mind = given_mind(given_plan(code="LUMEN"))
    claim = claims(acts(mind, 20))[0]
    mind.learn(claim, refused("locked_out", retry_after=30.0), 100.0)
    assert claims(acts(mind, 20, now=129.0)) == []
    assert claims(acts(mind, 20, now=130.0)) != []


def test_a_closed_location_is_claimed_again_when_it_opens() -> None:
    mind = given_mind(given_plan(code="LUMEN"))
    mind.learn(claims(acts(mind, 20))[0], refused("closed"), 0.0)
    assert claims(acts(mind, 20)) == []
    mind.see({"t": "location", "id": "pier", "open": True})
    assert claims(acts(mind, 20)) != []


@pytest.mark.parametrize("reason", ["stock_gone", "already_found"])
def test_what_others_took_is_given_up(reason: str) -> None:
    mind = given_mind(given_plan(code="LUMEN"))
    mind.learn(claims(acts(mind, 20))[0], refused(reason), 0.0)
    assert mind.is_done


def test_after_a_wrong_try_a_hint_may_be_bought_but_not_before_it_is_for_sale() -> None:
    mind = given_mind(given_plan(code="LUMEN", hints=[{"text": "It floats.", "cost": 5}]))
    assert all(request["t"] != "hint" for request in acts(mind, 50))
    mind.learn(claims(acts(mind, 20))[0], refused("wrong_code"), 0.0)
    hints = [request for request in acts(mind, 50) if request["t"] == "hint"]
    assert hints[0] == {"t": "hint", "location": "pier", "hint": 0}
    mind.learn(hints[0], refused("too_early", retry_after=60.0), 0.0)
    assert all(request["t"] != "hint" for request in acts(mind, 50, now=59.0))


def test_a_position_is_proved_only_on_the_spot_with_one_impatient_try() -> None:
    plan = given_plan(at=PIER, proof=["position"], radius_m=40)
    mind = given_mind(plan, seed=3)
    mind.at = (MILL[0], MILL[1])
    assert len(claims(acts(mind, 200))) == 1
    mind.walk(10_000.0)
    (claim, *_) = claims(acts(mind, 20))
    position = claim["position"]
    assert distance_m((position["lat"], position["lon"]), (PIER[0], PIER[1])) < 40


def test_reported_positions_move_at_walking_speed() -> None:
    mind = given_mind(given_plan(at=PIER, code="LUMEN"))
    mind.at = (MILL[0], MILL[1])
    acts(mind, 5)
    before = mind.at
    report = mind.walk(10.0)
    assert report is not None
    assert report["t"] == "position"
    assert distance_m(before, mind.at) == pytest.approx(14.0, abs=0.1)


def test_a_hunt_without_positions_has_none_to_report() -> None:
    assert given_mind(given_plan(code="LUMEN")).walk(10.0) is None


def test_on_a_route_the_target_comes_first() -> None:
    plan = given_plan(code="LUMEN")
    mind = given_mind(plan)
    mind.see(
        {"t": "team", "team": {"target": "pier", "locations": [{"id": "pier", "state": "open"}]}}
    )
    assert {claim["location"] for claim in claims(acts(mind, 20))} == {"pier"}


def test_a_find_that_the_game_master_takes_back_counts_as_dealt_with() -> None:
    mind = given_mind(given_plan(code="LUMEN"))
    mind.see({"t": "location", "location": {"id": "pier", "state": "void"}})
    assert mind.is_done


def test_the_end_of_the_hunt_is_the_end() -> None:
    mind = given_mind(given_plan(code="LUMEN"))
    assert not mind.is_done
    mind.see({"t": "phase", "phase": "finished"})
    assert mind.is_done


def test_a_pattern_that_is_beyond_bots_has_no_solution() -> None:
    (place,) = given_plan(answers=[{"regex": "[^a]"}]).locations
    assert solution(place) is None
    assert given_mind(given_plan(answers=[{"regex": "[^a]"}])).is_done
