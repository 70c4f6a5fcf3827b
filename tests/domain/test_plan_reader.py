from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.ids import LocationId
from actors.domain.plan import Answer, HuntPlan, Lockout, Proof, Requirement, Route
from actors.domain.plan_document import TEAMS_MAX
from actors.domain.plan_reader import read_plan
from tests.domain.plan_documents import accepted, document, location, mistakes, the_mistake

# What is accepted ---------------------------------------------------------------------------


def test_a_full_plan_is_read_complete_and_normalised() -> None:  # long: one plan with every key
    plan = accepted(
        document(
            location("lighthouse", at=[57.7, 11]),
            location(
                at=[57.7072, 11.9668],
                radius_m=25,
                clue=" Where the *last ferry* sleeps ",
                proof=["code", "position"],
                code=" LÜMEN  ii ",
                answers=["Light  House", {"regex": "light ?house"}],
                near_misses={"LANTERN": "Close. Bigger."},
                points=50,
                stock=3,
                capacity=4,
                requires=["lighthouse"],
                hints=[{"text": "It floats.", "cost": 10, "after": "10m"}],
                on_map=True,
            ),
            starts="2026-12-05T10:00:00+01:00",
            duration="2h",
            route="staggered",
            practice=True,
            scoring={
                "finder_bonus": [20, 10, 5],
                "wrong_claim": -1,
                "lockout": {"after": 3, "for": "30s", "factor": 2},
            },
        )
    )
    pier = plan.locations[1]
    assert pier.code == "lümen ii"
    assert pier.answers == (Answer(text="light house"), Answer(regex="light ?house"))
    assert pier.near_misses == {"lantern": "Close. Bigger."}
    assert pier.requires == Requirement(any_of=1, of=(LocationId("lighthouse"),))
    assert pier.proof == (Proof.CODE, Proof.POSITION)
    assert pier.hints[0].after_s == 600
    assert pier.clue == "Where the *last ferry* sleeps"
    assert plan.locations[0].radius_m == 40.0
    assert plan.route is Route.STAGGERED
    assert (plan.practice, pier.on_map, plan.locations[0].on_map) == (True, True, False)
    assert plan.duration_s == 7200
    assert plan.starts_at == datetime(2026, 12, 5, 9, tzinfo=UTC).timestamp()
    assert plan.scoring.lockout == Lockout(after=3, for_s=30, factor=2)
    assert [(seat.id, seat.name) for seat in plan.teams] == [
        ("otters", "Otters"),
        ("terns", "Terns"),
    ]


def test_a_count_of_teams_names_them() -> None:
    teams = accepted(document(teams={"count": 3})).teams
    assert [(seat.id, seat.name) for seat in teams][1:] == [
        ("team-2", "Team 2"),
        ("team-3", "Team 3"),
    ]


@pytest.mark.parametrize(
    ("keys", "proof"),
    [
        ({}, Proof.CODE),
        ({"answers": ["x"]}, Proof.CODE),
        ({"code": ..., "answers": ["x"]}, Proof.ANSWER),
        ({"code": ..., "at": [0, 0]}, Proof.POSITION),
        ({"code": None, "at": [0, 0]}, Proof.POSITION),
    ],
)
def test_without_a_proof_the_given_keys_decide(keys: dict[str, Any], proof: Proof) -> None:
    assert accepted(document(location(**keys))).locations[0].proof == (proof,)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("1.5s", 1.5), ("10m", 600), ("1h30m", 5400), ("2d", 172_800), (45, 45)],
)
def test_durations_have_units_or_are_seconds(written: str | int, seconds: float) -> None:
    assert accepted(document(duration=written)).duration_s == seconds


def test_a_start_may_be_a_datetime_with_an_offset() -> None:
    start = datetime(2026, 12, 5, 10, tzinfo=timezone(timedelta(hours=1)))
    assert accepted(document(starts=start)).starts_at == start.timestamp()


def test_a_circle_that_another_way_leads_into_is_fine() -> None:
    accepted(
        document(
            location("a", requires={"any": 1, "of": ["b", "start"]}),
            location("b", requires=["a"]),
            location("start"),
        )
    )


def test_ten_thousand_locations_and_teams_in_one_chain_are_read() -> None:
    places = [location("l0")]
    places += [location(f"l{i}", requires=[f"l{i - 1}"]) for i in range(1, 10_000)]
    plan = accepted(document(*places, teams={"count": 10_000}))
    assert len(plan.locations) == len(plan.teams) == 10_000


# What is refused ----------------------------------------------------------------------------


def test_many_different_mistakes_are_reported_at_once_and_each_only_once() -> None:
    found = mistakes(
        document(
            location("Pier", points="50"),
            location("mill", requires=["mil"], proof=["anwser"]),
            location("mill", at=[-122.4, 37.7]),
            7,
            title=...,
            titel="Harbour Lights",
            route="stagered",
            teams={"names": ["Otters", "otters "], "size_max": 0},
        )
    )
    assert [line.split(":")[0] for line in found] == [
        "title",
        "route",
        "teams.size_max",
        "locations[0].id",
        "locations[0].points",
        "locations[1].proof[0]",
        "locations[2].at[0]",
        "locations[3]",
        "titel",
        "teams.names[1]",
        "locations[2].id",
        "locations[1].requires",
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"version": 2}, "version: expected 1, found the number 2"),
        ({"hunt": "Harbour!"}, "hunt: expected a short name"),
        ({"hunt": "pier\n"}, "hunt: expected a short name"),
        ({"title": 7}, "title: expected a title of 1 to 128 characters on one line, written in"),
        ({"starts": "2026-12-05T10:00:00"}, "starts: expected a date and time with its UTC offset"),
        ({"starts": datetime(2026, 12, 5, 10)}, "found the date 2026-12-05T10:00:00"),
        ({"starts": "tomorrow"}, 'found "tomorrow"'),
        ({"duration": "2 hours"}, 'expected a duration like "90s"'),
        ({"duration": 0}, "duration: expected more than 0 seconds"),
        ({"duration": True}, "found true"),
        ({"duration": float("nan")}, "duration: expected a duration"),
        ({"practice": "no"}, 'practice: expected true or false, found "no"'),
        ({"route": "linaer"}, '(did you mean "linear"?)'),
        ({"scoring": {"finder_bonus": [10, -1]}}, "scoring.finder_bonus[1]: expected a whole"),
        ({"scoring": {"wrong_claim": 1}}, "expected a whole number from -1,000,000 to 0"),
        ({"scoring": {"lockout": {"after": 0, "for": "1m"}}}, "scoring.lockout.after"),
        ({"scoring": {"lockout": {"after": 1, "for": "0s"}}}, "expected more than 0 seconds"),
        ({"scoring": {"lockout": {"after": 1, "for": 9, "factor": 0.5}}}, "from 1 to 100"),
        ({"scoring": {"lockout": {"after": 1}}}, "scoring.lockout.for: expected a duration"),
        ({"teams": {}}, "teams: expected either names (a list) or count (a number), found neither"),
        ({"teams": {"count": 2, "names": ["a"]}}, "found both"),
        ({"teams": {"count": TEAMS_MAX + 1}}, "from 1 to 20,000"),
        ({"teams": {"names": ["x" * 65]}}, "expected a name of 1 to 64 characters"),
        ({"teams": {"names": [" "]}}, "expected a name of 1 to 64 characters"),
        ({"teams": {"names": ["Ada\ud800"]}}, "without broken characters"),
        ({"locations": []}, "locations: expected a list of 1 to 20,000 items, found an empty list"),
        ({"locations": {"id": "x"}}, "found a map"),
    ],
)
def test_a_wrong_part_of_the_plan_is_refused(changes: dict[str, Any], expected: str) -> None:
    assert expected in the_mistake(document(**changes))


def test_locations_that_wait_for_each_other_are_named_as_a_circle() -> None:
    line = the_mistake(
        document(
            location("a", requires=["c"]),
            location("b", requires=["a"]),
            location("c", requires={"any": 2, "of": ["b", "start"]}),
            location("after", requires=["a"]),
            location("start"),
            route="linear",
        )
    )
    assert line.startswith("locations[0].requires")
    assert line.endswith("found a -> c -> b -> a")


def test_every_circle_is_named() -> None:
    found = mistakes(
        document(
            location("a", requires=["b"]),
            location("b", requires=["a"]),
            location("c", requires=["d"]),
            location("d", requires=["c"]),
        )
    )
    assert [line.rsplit(", found ", 1)[1] for line in found] == ["a -> b -> a", "c -> d -> c"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["version", "hunt", "locations", "id", "any", "of", "teams"])
                | st.text(max_size=3),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_nothing_at_all_makes_the_reader_fail(value: object) -> None:
    nested: list[Any] = [value, location(requires=value)]
    for candidate in (value, document(scoring=value, locations=nested)):
        result = read_plan(candidate)
        assert isinstance(result, HuntPlan) or all(mistake.text() for mistake in result)
