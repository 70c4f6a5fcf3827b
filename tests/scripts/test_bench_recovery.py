import json
from collections import Counter
from pathlib import Path
from typing import Any

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
    again = ["recovered", "recovered with a snapshot"]
    assert list(rows) == ["bare read", "empty", again[0], "snapshot", again[1]]
    for what in again:
        assert rows[what]["events"] == result["events"] == 5_000
        assert rows[what]["seconds"] > rows["bare read"]["seconds"] > 0
        assert rows[what]["memory_mib"] > 10
    assert rows["snapshot"]["seconds"] > 0
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
    right = {"leaderboard": [{"score": score} for score in season.played[-1].scores]}
    wrong = {"leaderboard": [{"score": score + 1} for score in season.played[-1].scores]}

    def is_correct(whole: dict[str, Any], quick: dict[str, Any]) -> bool:
        result = summary(season, 2_000, (1.0, 1.0, 2.0), (2.0, 1, whole), (1.5, 1, quick))
        return bool(result["correct"]["is_correct"])

    assert is_correct(right, right)
    assert not is_correct(wrong, right)
    assert not is_correct(right, wrong)
    assert EXIT_LOST == 3
