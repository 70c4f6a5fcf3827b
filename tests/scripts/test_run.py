"""The developer kit as a newcomer meets it: real scripts, real processes."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from scripts.demo_children import CannotRun, require_free_port

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = (
    "scripts/run",
    "scripts/test",
    "scripts/check",
    "scripts/install",
    "scripts/install_chromium",
    ".ci/run",
)

PATIENCE_S = 60.0
"""After this a process that hangs is killed, so that its test fails instead of waiting."""


class Demo:
    """A running `scripts/demo.py` and what it printed until it was ready."""

    def __init__(self, process: subprocess.Popen[str], printed: str) -> None:
        self.process = process
        self.printed = printed
        self.messages = [line.strip() for line in printed.splitlines() if '{"t":' in line]
        self.websocket = next(word for word in printed.split() if word.startswith("ws://"))
        self.port = int(self.websocket.split(":")[2].split("/")[0])

    def children(self) -> list[int]:
        """Process ids of what the demo started."""
        pid = self.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """Send a signal; return the exit code and what was printed after it."""
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, output, errors


def environment(**variables: str) -> dict[str, str]:
    """Ours, without settings of a server that somebody runs by hand."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CAIRN_")}
    return {**kept, **variables}


@contextmanager
def demo(db: Path, *options: str, **variables: str) -> Iterator[Demo]:
    process = subprocess.Popen(
        [sys.executable, "scripts/demo.py", "--port", "0", "--db", str(db), *options],
        cwd=ROOT,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watchdog = threading.Timer(PATIENCE_S, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C stops"):
                break
        else:
            pytest.fail("".join(lines) + process.communicate()[1])
        yield Demo(process, "".join(lines))
    finally:
        watchdog.cancel()
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def answer_to(connection: ClientConnection, message: str, kind: str) -> dict[str, Any]:
    """Send a message; return the answer, which is of this type."""
    connection.send(message)
    answer = await_kind(connection, kind, "refused")
    assert answer["t"] == kind, answer
    return answer


def await_kind(connection: ClientConnection, *kinds: str) -> dict[str, Any]:
    """The next message of one of these types; pushes in between are passed over."""
    while True:
        message = json.loads(connection.recv(timeout=PATIENCE_S))
        if message["t"] in kinds:
            return dict(message)


def play(running: Demo, kind: str) -> dict[str, Any]:
    """Paste the two lines for players; return the claim's answer, which is of this type."""
    join, claim = running.messages[:2]
    with connect(running.websocket, proxy=None) as player:
        answer_to(player, join, "welcome")
        answer = answer_to(player, claim, kind)
        if kind == "accepted" and answer.get("saved") != 1:
            assert await_kind(player, "saved") == {"t": "saved", "n": 1}
        return answer


def test_what_the_demo_prints_for_players_can_be_pasted(tmp_path: Path) -> None:
    with demo(tmp_path / "cairn.db", "--no-bots") as running:
        answer = play(running, "accepted")
        assert answer["n"] == 1
        assert answer["points"] > 0


def test_bots_play_five_teams_and_leave_the_others_to_people(tmp_path: Path) -> None:
    with demo(tmp_path / "cairn.db", CAIRN_GM_TOKEN="test-token-0123456789") as running:
        hello = json.dumps({"t": "gm", "token": "test-token-0123456789"})
        with connect(running.websocket, proxy=None) as game_master:
            answer_to(game_master, hello, "welcome")
            while await_kind(game_master, "health")["health"]["connections"] < 6:
                pass
        with connect(running.websocket, proxy=None) as game_master:
            teams = answer_to(game_master, hello, "welcome")["teams"]
        assert [team["online"] for team in teams] == [0, 1, 1, 1, 1, 1, 0, 0]
        children = running.children()
        assert len(children) == 2
        assert running.end()[::2] == (0, "")
        assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


def test_what_the_demo_prints_for_game_masters_can_be_pasted(tmp_path: Path) -> None:
    with demo(tmp_path / "cairn.db", "--no-bots") as running:
        token, announcement = running.messages[2:]
        with connect(running.websocket, proxy=None) as game_master:
            assert answer_to(game_master, token, "welcome")["you"]["role"] == "gm"
            assert answer_to(game_master, announcement, "accepted")["n"] == 1


def test_a_second_run_goes_on_with_the_hunt_and_a_fresh_one_starts_over(tmp_path: Path) -> None:
    db = tmp_path / "cairn.db"
    with demo(db, "--no-bots") as first:
        play(first, "accepted")
        first.end()
    with demo(db, "--no-bots") as second:
        assert second.messages[:2] == first.messages[:2]
        assert play(second, "refused")["reason"] == "already_found"
        second.end()
    with demo(db, "--no-bots", "--fresh") as third:
        assert play(third, "accepted")["rank"] == 1


def test_a_token_of_ones_own_is_used_and_never_printed(tmp_path: Path) -> None:
    token = "a-token-of-my-own-choice"
    with demo(tmp_path / "cairn.db", "--no-bots", CAIRN_GM_TOKEN=token) as running:
        assert token not in running.printed
        with connect(running.websocket, proxy=None) as game_master:
            answer_to(game_master, json.dumps({"t": "gm", "token": token}), "welcome")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_ends_everything_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    with demo(tmp_path / "cairn.db", "--no-bots") as running:
        children = running.children()
        assert children
        exit_code, output, errors = running.end(number)
        assert (exit_code, errors) == (0, "")
        assert "Stopped." in output
        assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
        require_free_port(running.port)


def test_a_stop_while_everything_starts_is_clean_too(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "scripts/demo.py", "--port", "0", "--db", str(tmp_path / "cairn.db")],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "Starting Cairn ...\n"
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, errors) == (0, "")
    assert "Stopped." in output


def test_a_server_that_ends_by_itself_is_reported(tmp_path: Path) -> None:
    with demo(tmp_path / "cairn.db", "--no-bots") as running:
        os.kill(running.children()[0], signal.SIGKILL)
        _, errors = running.process.communicate(timeout=PATIENCE_S)
        assert running.process.returncode == 1
        assert "The server ended by itself" in errors


def test_a_taken_port_is_refused_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotRun, match=rf"Port {port} cannot be used.*--port"):
            require_free_port(port)


# The shell scripts ------------------------------------------------------------------------------


def copied(folder: Path, *scripts: str) -> None:
    """Copy scripts into a checkout that has nothing else."""
    for script in scripts:
        (folder / script).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / script, folder / script)


def stub(file: Path, *lines: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(("#!/usr/bin/env bash", *lines, "")))
    file.chmod(0o755)


def bash(folder: Path, script: str, **variables: str) -> tuple[int, str]:
    """Run a script; return its exit code and everything it printed."""
    done = subprocess.run(
        [f"./{script}"],
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=2 * PATIENCE_S,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_can_be_run_and_parses(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run(["bash", "-n", ROOT / script], check=True)


def test_without_the_venv_package_install_says_what_to_apt_get(tmp_path: Path) -> None:
    copied(tmp_path, "scripts/install", "requirements.txt")
    stub(
        tmp_path / "python",
        f'if [[ $1 == -m ]]; then mkdir .venv; echo "no ensurepip"; exit 1; fi\n'
        f'exec {sys.executable} "$@"',
    )
    exit_code, printed = bash(tmp_path, "scripts/install", PYTHON="./python")
    assert exit_code == 1
    assert "no ensurepip" in printed
    assert "sudo apt-get install python3-venv" in printed
    assert not (tmp_path / ".venv").exists()


def test_with_an_old_python_install_says_which_one_it_needs(tmp_path: Path) -> None:
    copied(tmp_path, "scripts/install", "requirements.txt")
    stub(tmp_path / "python", "exit 1")
    exit_code, printed = bash(tmp_path, "scripts/install", PYTHON="./python")
    assert exit_code == 1
    assert "Python 3.11 or newer" in printed


@pytest.mark.slow
def test_install_does_nothing_when_nothing_changed_and_starts_over_after_a_change(
    tmp_path: Path,
) -> None:
    def install(python: str) -> int:
        return bash(tmp_path, "scripts/install", PYTHON=python)[0]

    copied(tmp_path, "scripts/install")
    lock, stamp = tmp_path / "requirements.txt", tmp_path / ".venv" / "requirements.sha256"
    lock.write_text("# Nothing is needed.\n")
    assert install(sys.executable) == 0
    assert install("no-such-python") == 0  # It did not look for one: nothing was to be done.
    stamp.unlink()  # As after an interrupted install.
    assert install("no-such-python") == 1
    assert install(sys.executable) == 0
    lock.write_text("# Nothing is needed, still.\n")
    assert install("no-such-python") == 1


@pytest.mark.parametrize("failing", ["", "format", "mypy"])
def test_check_runs_every_check_even_after_one_failed(tmp_path: Path, failing: str) -> None:
    copied(tmp_path, "scripts/check")
    stub(tmp_path / "scripts" / "install")
    stub(
        tmp_path / ".venv" / "bin" / "python",
        'echo "$*" >>ran.txt',
        f'[[ -z "{failing}" || "$*" != *"{failing}"* ]]',
    )
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "plan.schema.json").touch()
    exit_code, printed = bash(tmp_path, "scripts/check")
    assert len((tmp_path / "ran.txt").read_text().splitlines()) == 5
    assert exit_code == bool(failing)
    assert ("All checks passed." in printed) is (not failing)


@pytest.mark.parametrize(
    ("checks", "tests", "proofs"), [(0, 0, 0), (1, 0, 0), (0, 2, 0), (0, 0, 1), (1, 1, 1)]
)
def test_ci_runs_checks_tests_and_proofs_and_prints_all_results(
    tmp_path: Path, checks: int, tests: int, proofs: int
) -> None:
    copied(tmp_path, ".ci/run")
    stub(tmp_path / "scripts" / "check", f"exit {checks}")
    stub(tmp_path / "scripts" / "test", f"exit {tests}")
    stub(tmp_path / ".venv" / "bin" / "python", f"exit {proofs}")
    exit_code, printed = bash(tmp_path, ".ci/run")
    assert (exit_code != 0) is bool(checks or tests or proofs)
    assert f"scripts/check: {'failed' if checks else 'passed'}" in printed
    assert f"scripts/test:  {'failed' if tests else 'passed'}" in printed
    assert f"scripts/prove.py: {'failed' if proofs else 'passed'}" in printed
