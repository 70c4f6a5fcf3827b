from msgspec.structs import replace

from actors.domain.events import HuntPaused, HuntResumed, by_hunt
from actors.domain.ids import HuntId
from tests.domain.given import HUNT, record

PARK = HuntId("park")
PAUSED = record(HuntPaused(), position=1)
ELSEWHERE = replace(record(HuntPaused(), position=2), hunt=PARK)
RESUMED = record(HuntResumed(), position=3)


def test_each_hunt_gets_its_own_records_in_their_order() -> None:
    assert by_hunt([PAUSED, ELSEWHERE, RESUMED]) == {HUNT: [PAUSED, RESUMED], PARK: [ELSEWHERE]}


def test_records_of_one_hunt_are_all_its_own() -> None:
    assert by_hunt([PAUSED, RESUMED]) == {HUNT: [PAUSED, RESUMED]}
    assert by_hunt([]) == {}
