import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop

from actors.domain.events import LocationFound, Record
from actors.persistence import JournalStore
from scripts.loadtest import (
    EXIT_FIT,
    EXIT_NO_SERVER,
    EXIT_NOT_FIT,
    EXIT_WRONG,
    main,
    parser,
)
from server.app import App
from server.client import Client, game_master, join
from server.config import Config
from tests.integration.games import location, plan

TOKEN = "loadtest-test-token-0123456789"
LIMIT_S = 30.0
SMALL = ("--players", "10", "--seconds", "3", "--pace", "1/s", "--json")
LENIENT = ("--answer-p99", "20", "--join-p99", "20", "--saved-p99", "20", "--announce-p99", "20")
"""For tests that are about something else, on a machine that may be busy."""

Wrap = Callable[[JournalStore], JournalStore]


class StuckStore:
    """The real store; from the first find on, its commits wait until the test is over."""

    def __init__(self, store: JournalStore, is_over: threading.Event) -> None:
        self._store = store
        self._is_over = is_over
        self.open = store.open
        self.read_hunt = store.read_hunt
        self.close = store.close

    def commit(self, batch: Sequence[Record]) -> None:
        if any(isinstance(record.event, LocationFound) for record in batch):
            self._is_over.wait(LIMIT_S)
        self._store.commit(batch)


@contextmanager
def serving(db: Path, wrap: Wrap | None = None, players: int = 0) -> Iterator[str]:
    """A real server on a thread of its own, with a running hunt and players in it, or without."""
    found: list[str] = []
    ready, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        app = App(Config("127.0.0.1", 0, db, None, 1_000, "warning", TOKEN), wrap)
        url = f"ws://127.0.0.1:{await app.start()}"
        async with Client(url, game_master(TOKEN)) as staff:
            phones = await enter(url, staff, players) if players else []
            found.append(url)
            ready.set()
            await asyncio.to_thread(stop.wait)
            for phone in phones:
                await phone.close()
        await app.stop()

    thread = threading.Thread(target=lambda: uvloop.run(serve()))
    thread.start()
    assert ready.wait(LIMIT_S)
    try:
        yield found[0]
    finally:
        stop.set()
        thread.join(LIMIT_S)


async def enter(url: str, staff: Client, players: int) -> list[Client]:
    document = plan([location("pier")])
    seeded = await staff.request({"t": "seed", "plan": document})
    await staff.request({"t": "start"})
    code = seeded["teams"][0]["code"]
    phones = [Client(url, join(code, f"Player {index}")) for index in range(players)]
    for phone in phones:
        await phone.start()
    return phones


def outcome(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.slow
def test_ten_phones_find_a_server_of_their_own_fit(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--local", *SMALL, *LENIENT])
    found = outcome(capsys)
    measured, verdict = found["measured"], found["verdict"]
    assert (code, verdict["is_fit"], verdict["reasons"]) == (EXIT_FIT, True, [])
    assert measured["joined"] == 10
    # Three teams, of which one phone each finds the first location.
    assert measured["accepted"]["claim"] >= 3
    assert measured["refused"]["already_found"] >= 7
    assert measured["answers"]["comeback"]["count"] >= 1
    assert measured["resumes"] == measured["drops"] >= 1
    assert measured["heard"]["count"] >= 9
    assert measured["saved"]["count"] >= measured["accepted"]["claim"]
    assert (measured["unanswered"], measured["unsaved"]) == (0, 0)
    assert (measured["books"]["teams"], measured["books"]["wrong"]) == (3, 0)
    assert measured["books"]["journal"]["location_found"] == measured["accepted"]["claim"]
    assert measured["machine"]["server_memory_bytes"] > 10_000_000
    assert verdict["first"]


@pytest.mark.slow
def test_a_server_whose_disk_is_stuck_is_not_fit_and_the_disk_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    over = threading.Event()
    with serving(tmp_path / "stuck.db", lambda store: StuckStore(store, over)) as url:
        try:
            code = main(["--server", url, "--token", TOKEN, *SMALL, *LENIENT, "--patience", "1"])
        finally:
            over.set()
    found = outcome(capsys)
    assert code == EXIT_NOT_FIT
    assert [one["name"] for one in found["verdict"]["reasons"]] == ["unsaved"]
    assert found["verdict"]["strains"][0]["name"] == "disk"
    assert found["verdict"]["first"].startswith("What gave way: the server's disk.")
    assert found["measured"]["answers"]["claim"]["count"] > 0, "answers never wait for the disk"
    assert found["measured"]["books"]["wrong"] == 0


@pytest.mark.slow
def test_other_hunts_are_left_alone_and_the_own_one_is_over_afterwards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(tmp_path / "cairn.db", players=2) as url:
        given = ["--server", url, "--token", TOKEN, *SMALL, *LENIENT]
        assert main(given) == EXIT_WRONG
        assert "harbour (2 phones)" in capsys.readouterr().err
        assert asyncio.run(hunts(url)) == {"harbour": ("running", 2)}
        assert main([*given, "--yes"]) == EXIT_FIT
        found = outcome(capsys)
        assert found["hunt"].startswith("loadtest-")
        expected = {"harbour": ("running", 2), found["hunt"]: ("finished", 1)}
        assert asyncio.run(hunts(url)) == expected


async def hunts(url: str) -> dict[str, tuple[str, int]]:
    """Phase and number of teams of each hunt."""
    found = {}
    async with Client(url, game_master(TOKEN)) as staff:
        names = staff.welcome["hunts"]
    for name in names:
        async with Client(url, game_master(TOKEN, name)) as staff:
            welcome = staff.welcome
        found[name] = (welcome["hunt"]["phase"], len(welcome["teams"]))
    for _ in range(3):  # Connections that were cut end in the next turns of the loop.
        await asyncio.sleep(0)
    return found


def test_a_server_that_is_not_there_and_a_wrong_token_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--server", "ws://127.0.0.1:9", "--token", "x", *SMALL]) == EXIT_NO_SERVER
    assert "cannot reach" in capsys.readouterr().err
    with serving(tmp_path / "cairn.db") as url:
        assert main(["--server", url, "--token", "wrong", *SMALL]) == EXIT_NO_SERVER
    assert "token" in capsys.readouterr().err


def test_without_a_token_nothing_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CAIRN_GM_TOKEN", raising=False)
    assert main(["--server", "ws://127.0.0.1:9"]) == EXIT_WRONG
    assert "CAIRN_GM_TOKEN" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--players", "0"],
        ["--players", "20001"],
        ["--seconds", "0"],
        ["--seconds", "4000"],
        ["--team-size", "65"],
        ["--pace", "6"],
        ["--saved-p99", "soon"],
    ],
)
def test_a_wrong_command_line_is_explained(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(["--local", *arguments])
    assert caught.value.code == EXIT_WRONG
    assert "expected" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [[], ["--local", "--server", "ws://127.0.0.1:9"], ["--server", "http://127.0.0.1"]],
)
def test_either_a_server_is_named_or_one_is_started(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == EXIT_WRONG


def test_the_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    for word in ("exit codes:", "--connections-per-address", "what stays on the server", "ulimit"):
        assert word in told
