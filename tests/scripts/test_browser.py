"""What becomes of the tests of the pages on a machine without a browser."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

NEEDED = ("bash", "env", "git", "grep")
"""Programs that the scripts call."""


def machine(folder: Path, **programs: str) -> str:
    """A PATH with nothing but what is needed, and stubs."""
    folder.mkdir()
    for program in NEEDED:
        found = shutil.which(program)
        assert found is not None
        (folder / program).symlink_to(found)
    for name, script in programs.items():
        file = folder / name.replace("_", "-")
        file.write_text(f"#!/usr/bin/env bash\n{script}\n")
        file.chmod(0o755)
    return str(folder)


def run(command: list[str], path: str, **variables: str) -> tuple[int, str]:
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=kept | {"PATH": path} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout


def test_without_a_browser_the_pages_are_skipped_and_it_says_so(tmp_path: Path) -> None:
    path = machine(tmp_path / "bin")
    tests = [sys.executable, "-m", "pytest", "tests/pages", "-k", "model"]
    exit_code, printed = run(tests, path)
    assert exit_code == 0
    assert "tests of the pages (tests/pages) were skipped" in printed
    assert "sudo apt-get install chromium" in printed


def test_where_ci_is_set_a_browser_that_is_missing_is_a_failure(tmp_path: Path) -> None:
    path = machine(tmp_path / "bin")
    tests = [sys.executable, "-m", "pytest", "tests/pages", "-k", "model"]
    exit_code, printed = run(tests, path, CI="true")
    assert exit_code == 1
    assert "There is no chromium" in printed


on_debian = pytest.mark.skipif(
    not run(["grep", "^ID=debian", "/etc/os-release"], os.environ["PATH"])[1], reason="not Debian"
)


@on_debian
def test_root_gets_the_browser_from_debian(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    # The package lists are of no use at first, as in a fresh container.
    apt = f'echo "$*" >>{calls}; [[ $1 == update || $(grep -c . {calls}) -gt 2 ]]'
    path = machine(tmp_path / "bin", id="echo 0", apt_get=apt)
    exit_code, printed = run(["scripts/install_chromium"], path)
    assert exit_code == 0
    assert "Installing chromium" in printed
    assert "could not" not in printed
    assert [line.split()[0] for line in calls.read_text().splitlines()] == [
        "install",
        "update",
        "install",
    ]


@on_debian
def test_a_failed_installation_says_so_and_stops_nothing(tmp_path: Path) -> None:
    path = machine(tmp_path / "bin", id="echo 0", apt_get="exit 100")
    exit_code, printed = run(["scripts/install_chromium"], path)
    assert exit_code == 0
    assert "could not be installed" in printed


@pytest.mark.parametrize("programs", [{"id": "echo 1000"}, {"id": "echo 0", "chromium": ""}])
def test_nothing_is_installed_for_others_or_twice(tmp_path: Path, programs: dict[str, str]) -> None:
    path = machine(tmp_path / "bin", apt_get="echo called", **programs)
    assert run(["scripts/install_chromium"], path) == (0, "")
