from actors.directory import Directory
from actors.domain.ids import HuntId, TeamId
from actors.domain.plan import TeamSeat
from tests.actors.conftest import StartRig
from tests.actors.rig import Rig
from tests.domain.given import HUNT, MILL, OTTERS, PIER, SEALS, TERNS, TOWER, given_plan


def test_a_hunt_without_id_is_the_only_one_there_is(rig: Rig) -> None:
    assert rig.directory.find(None) is rig.entry
    assert rig.directory.find(HUNT) is rig.entry


def test_a_hunt_without_id_is_none_when_there_are_several(rig: Rig) -> None:
    rig.seed(given_plan(hunt=HuntId("park")))
    assert rig.directory.find(None) is None
    assert rig.directory.find(HUNT) is rig.entry


def test_an_unknown_hunt_is_not_found(rig: Rig) -> None:
    assert rig.directory.find(HuntId("nowhere")) is None
    assert Directory().find(None) is None


def test_a_team_is_found_by_id_or_by_name_in_any_case(rig: Rig) -> None:
    assert rig.entry.find_team("otters") == OTTERS
    assert rig.entry.find_team("OTTERS") == OTTERS
    assert rig.entry.find_team("moles") is None


def test_an_id_goes_before_another_teams_name(start_rig: StartRig) -> None:
    teams = (
        TeamSeat(id=TeamId("red"), name="Blue"),
        TeamSeat(id=TeamId("blue"), name="Red"),
    )
    entry = start_rig(given_plan(teams=teams)).entry
    assert entry.find_team("red") == TeamId("red")
    assert entry.find_team("Red") == TeamId("blue")


def test_the_actors_are_listed_in_the_order_in_which_they_were_started(rig: Rig) -> None:
    entry = rig.entry
    assert entry.refs() == [
        entry.hunt,
        entry.leaderboard,
        *(entry.teams[team] for team in (OTTERS, TERNS, SEALS)),
        *(entry.locations[place] for place in (PIER, MILL, TOWER)),
    ]


def test_repointing_changes_one_actor_and_no_other(rig: Rig) -> None:
    entry = rig.entry
    for old in entry.refs():
        before = entry.refs()
        new = before[0] if old is not before[0] else before[1]
        entry.repoint(old, new)
        assert entry.refs() == [new if ref is old else ref for ref in before]
        rig.seed(rig.plan)
        entry = rig.entry
