import json
from collections import Counter
from pathlib import Path

import pytest

from actors.recovery import Recovery
from scripts.bench import EXIT_DONE, EXIT_LOST, main
from scripts.bench_journal import PLAYERS, TEAMS, Season
from scripts.bench_recovery import summary


@pytest.mark.slow
def test_a_recovery_is_measured_and_what_was_recovered_is_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["recovery", "--quick", "--json", "--events", "5000", "--folder", str(tmp_path)])
    result = json.loads(capsys.readouterr().out)
    assert code == EXIT_DONE, result["correct"]
    rows = {row["what"]: row for row in result["rows"]}
    assert list(rows) == ["bare read", "empty", "recovered"]
    assert rows["recovered"]["events"] == result["events"] == 5_000
    assert rows["recovered"]["seconds"] > rows["bare read"]["seconds"] > 0
    assert rows["recovered"]["memory_mib"] > 10
    assert list(tmp_path.iterdir()) == []


def test_a_season_folds_and_adds_up_to_the_scores_that_it_says() -> None:
    season, recovery = Season(40_000), Recovery()
    kinds: Counter[str] = Counter()
    for record in season.records():
        recovery.take(record)
        kinds[type(record.event).__name__] += 1
    assert recovery.last_position == 40_000
    assert len(season.played) == len(recovery.hunts) == 2
    for played in season.played:
        image = recovery.hunts[played.hunt].image
        assert sorted(row.score for row in image.board.rows(True)) == sorted(played.scores)
    assert kinds["PlayerJoined"] == 2 * TEAMS * PLAYERS
    for kind in ("LocationFound", "ClaimFailed", "HintBought", "TeamSpoke", "AnnouncementSeen"):
        assert kinds[kind] > 500, kinds


def test_the_same_number_of_events_gives_the_same_journal() -> None:
    assert list(Season(3_000).records()) == list(Season(3_000).records())


def test_a_leaderboard_that_does_not_add_up_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = Season(2_000)
    for _ in season.records():
        pass
    welcome = {"leaderboard": [{"score": score + 1} for score in season.played[-1].scores]}
    assert not summary(season, 2_000, (1.0, 1.0, 2.0), 1, welcome)["correct"]["is_correct"]
    assert EXIT_LOST == 3
