import asyncio
import io
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvloop

from scripts.bots import EXIT_DONE, EXIT_FAILED, EXIT_WRONG, main, parser
from server.app import App
from server.client import Client, game_master, watch
from server.config import Config

TOKEN = "bots-test-token-0123456789"
LIMIT_S = 30.0
PLAN = """\
version: 1
hunt: harbour
title: Harbour Lights
teams: {names: [Otters, Terns, Herons]}
scoring: {wrong_claim: -1}
locations:
  - {id: pier, name: Pier, at: [57.7072, 11.9668], code: LUMEN, points: 50}
  - {id: mill, name: Mill, at: [57.7080, 11.9680], answers: [{regex: "wind ?mill"}], points: 20}
  - {id: gate, name: Gate, at: [57.7075, 11.9670], proof: [position], requires: [pier]}
  - {id: well, name: Well, answers: [deep], near_misses: {wet: "Deeper."}, stock: 1}
"""


class Served:
    """A real server on a thread of its own, with the plan seeded and started."""

    def __init__(self, folder: Path) -> None:
        self.plan = folder / "harbour.yaml"
        self.plan.write_text(PLAN, encoding="utf-8")
        self.codes = folder / "seed.json"
        self.db = folder / "cairn.db"
        self.url = ""
        self._ready = threading.Event()
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=lambda: uvloop.run(self._serve()))

    def __enter__(self) -> "Served":
        self._thread.start()
        assert self._ready.wait(LIMIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(LIMIT_S)

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = App(Config("127.0.0.1", 0, self.db, None, 1_000, "warning", TOKEN))
        self.url = f"ws://127.0.0.1:{await app.start()}"
        async with Client(self.url, game_master(TOKEN)) as staff:
            seeded = await staff.request({"t": "seed", "plan": PLAN})
            self.codes.write_text(json.dumps(seeded), encoding="utf-8")
            await staff.request({"t": "start", "hunt": "harbour"})
            await staff.request({"t": "announce", "text": "Go!", "to": "all"})
        self._ready.set()
        await self._stop.wait()
        await app.stop()

    def bots(self, *arguments: str) -> int:
        """Run the script; its exit code."""
        given = ["--server", self.url, "--plan", str(self.plan), "--codes", str(self.codes)]
        return main([*given, *arguments])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with Served(tmp_path) as server:
        yield server


def summary_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads(capsys.readouterr().out)
    return summary


def test_bots_play_until_everything_is_found(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    code = served.bots("--json", "--pace", "200/s", "--walk", "5000", "--duration", "30s")
    summary = summary_of(capsys)
    assert code == EXIT_DONE
    assert (summary["hunt"], summary["teams"], summary["ended"]) == ("harbour", 3, "done")
    # Three teams find three locations each; of the well's one treasure only one team hears.
    assert summary["accepted"]["claim"] == 10
    assert summary["accepted"]["seen"] == 3
    assert summary["refused"]["stock_gone"] >= 1
    assert summary["unsaved"] == 0
    assert summary["positions"] > 0


def test_the_duration_ends_the_game(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    code = served.bots(
        "--json", "--teams", "2", "--solve", "0", "--pace", "50/s", "--duration", "1s"
    )
    summary = summary_of(capsys)
    assert (code, summary["ended"], summary["connected"]) == (EXIT_DONE, "duration", 2)
    assert summary["refused"]["wrong_answer"] > 0
    assert "claim" not in summary["accepted"]


def test_ctrl_c_ends_the_game_with_a_summary(served: Served) -> None:
    script = Path(__file__).resolve().parents[2] / "scripts" / "bots.py"
    command = [sys.executable, str(script), "--server", served.url, "--plan", str(served.plan)]
    command += ["--codes", str(served.codes), "--pace", "20/s", "--walk", "0.1", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as bots:
        asyncio.run(_first_find(served.url))
        bots.send_signal(signal.SIGINT)
        output, _ = bots.communicate(timeout=LIMIT_S)
    assert bots.returncode == EXIT_DONE
    assert json.loads(output)["ended"] == "stopped"


async def _first_find(url: str) -> None:
    async with asyncio.timeout(LIMIT_S), Client(url, watch("harbour")) as screen:
        async for push in screen.pushes():
            if push["t"] == "leaderboard" and push["leaderboard"][0]["score"] > 0:
                return


def test_codes_may_come_from_standard_input(
    served: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(served.codes.read_text(encoding="utf-8")))
    assert served.bots("--codes", "-", "--pace", "500/s", "--walk", "5000", "--solve", "1") == 0
    assert "ended" in capsys.readouterr().out


def test_unknown_codes_are_a_failure_with_the_servers_words(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    teams = [{"name": "Otters", "code": "WRONG"}]
    served.codes.write_text(json.dumps({"hunt": "harbour", "teams": teams}), encoding="utf-8")
    assert served.bots() == EXIT_FAILED
    assert "No team has this code" in capsys.readouterr().err


def test_an_absent_server_is_a_failure_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = Served(tmp_path)
    given.url = "ws://127.0.0.1:9"
    teams = [{"name": "Otters", "code": "K7QX3M2P"}]
    given.codes.write_text(json.dumps({"hunt": "harbour", "teams": teams}), encoding="utf-8")
    assert given.bots() == EXIT_FAILED
    assert "cannot reach ws://127.0.0.1:9/ws" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("codes", "complaint"),
    [
        ("{", "expected the output of seed.py --json"),
        ('{"hunt": "other", "teams": []}', "expected the codes of harbour, found those of other"),
        ('{"hunt": "harbour", "teams": []}', "expected at least one team"),
    ],
)
def test_unusable_codes_are_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], codes: str, complaint: str
) -> None:
    given = Served(tmp_path)
    given.codes.write_text(codes, encoding="utf-8")
    assert given.bots() == EXIT_WRONG
    assert complaint in capsys.readouterr().err


def test_a_plan_with_mistakes_is_refused_with_all_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = Served(tmp_path)
    given.plan.write_text(PLAN.replace("version: 1", "version: 7"), encoding="utf-8")
    assert given.bots() == EXIT_WRONG
    assert "harbour.yaml:1:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "actions_per_s"), [("6/min", 0.1), ("2/s", 2.0), ("90/h", 0.025), ("0.5/s", 0.5)]
)
def test_a_pace_is_a_number_per_unit(text: str, actions_per_s: float) -> None:
    options = parser().parse_args(["--plan", "p", "--codes", "c", "--pace", text])
    assert options.pace == pytest.approx(actions_per_s)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--pace", "6"],
        ["--pace", "0/s"],
        ["--pace", "nan/s"],
        ["--duration", "ten"],
        ["--duration", "0s"],
        ["--solve", "1.5"],
        ["--walk", "0"],
        ["--teams", "0"],
    ],
)
def test_a_wrong_command_line_is_explained(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(["--plan", "p", "--codes", "c", *arguments])
    assert caught.value.code == EXIT_WRONG
    assert "expected" in capsys.readouterr().err
