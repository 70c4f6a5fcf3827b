import time
from pathlib import Path

import pytest

from scripts.screenshots import DEVICES, SCHEMES, TOURS, parser
from scripts.screenshots_hunt import move_back
from tests.integration.clients import run
from tests.integration.games import SIMPLE, playing
from tests.integration.states import read_journal

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_hunt_that_was_moved_back_is_the_same_hunt_longer_ago(tmp_path: Path) -> None:
    db = tmp_path / "cairn.db"

    async def scenario() -> None:
        async with playing(db, SIMPLE) as (game, _):
            ada = await game.join("otters")
            await ada.done("claim", location="pier", code="pier")
            await ada.saved(1)
            await game.gm.saved(2)

    run(scenario())
    before = read_journal(db)
    move_back(db, "harbour", stretch=100)
    after = read_journal(db)
    assert [one.event for one in after] == [one.event for one in before]
    spans = [(end.at - start.at) for start, end in ((one[0], one[-1]) for one in (before, after))]
    assert spans[1] == pytest.approx(100 * spans[0], rel=0.01)
    assert all(one.at < time.time() for one in after)

    async def goes_on() -> None:
        async with playing(db, SIMPLE, start=False) as (game, _):
            ada = await game.join("otters")
            assert ada.welcome["team"]["score"] == 10
            assert ada.welcome["hunt"]["phase"] == "running"

    run(goes_on())


def test_every_picture_has_a_name_of_its_own() -> None:
    names = [name for tour in TOURS.values() for name in tour.scenes]
    assert len(set(names)) == len(names)
    assert parser().parse_args([]).only == list(TOURS)


def test_every_picture_that_is_kept_is_one_that_can_be_taken_again() -> None:
    names = [name for tour in TOURS.values() for name in tour.scenes]
    made = {
        f"{name}-{device}-{scheme}" for name in names for device in DEVICES for scheme in SCHEMES
    }
    kept = {file.stem for file in (ROOT / "docs" / "screenshots").glob("*.png")}
    assert kept <= made
