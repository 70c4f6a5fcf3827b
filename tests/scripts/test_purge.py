"""The purge as people run it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.purge import age_s
from tests.domain.given import HUNT
from tests.markdown import ROOT
from tests.server.rig import ServerRig
from tests.server.test_purge import NAMES, canaries_in, play, save


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/purge.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    path = tmp_path / "cairn.db"
    with ServerRig() as server:
        play(server)
        save(path, server.rig.writer.records)
    return path


def test_it_shows_then_purges_and_says_what_it_did(db: Path) -> None:
    shown = run("--db", str(db), "--hunt", HUNT, "--dry-run")
    assert (shown.returncode, "would be changed" in shown.stdout) == (0, True)
    assert set(canaries_in(db)) >= set(NAMES)
    done = run("--db", str(db), "--hunt", HUNT, "--json")
    outcome = json.loads(done.stdout)
    assert (outcome["sessions"], outcome["is_dry_run"]) == (2, False)
    assert canaries_in(db) == []
    again = run("--db", str(db), "--all", "--older-than", "30d")
    assert again.returncode == 0


def test_what_cannot_be_done_is_said_in_a_sentence(db: Path) -> None:
    failed = run("--db", str(db), "--hunt", "haven")
    assert failed.returncode == 1
    assert failed.stderr.startswith("purge: There is no hunt 'haven'")
    assert run("--db", str(db)).returncode == 2
    assert run("--db", str(db), "--all", "--hunt", HUNT).returncode == 2
    assert run("--db", str(db), "--all", "--older-than", "soon").returncode == 2


def test_the_help_says_what_goes_and_what_stays() -> None:
    text = run("--help").stdout
    for word in ("server must be stopped", "What goes", "What stays", "no way back", "backups"):
        assert word in text
    assert (age_s("30d"), age_s("90m")) == (2_592_000, 5_400)
