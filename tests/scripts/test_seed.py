import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from websockets.sync.server import ServerConnection, serve

from scripts.seed import (
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_MISTAKES,
    EXIT_TOKEN,
    NOTHING_CHANGED,
    main,
    outcome_json,
    parser,
    print_outcome,
)
from scripts.seed_client import (
    SUBPROTOCOL,
    Conversation,
    PlanRefused,
    Seeded,
    SeedFailed,
    WrongToken,
)

PLAN = """\
version: 1
hunt: harbour
title: Harbour Lights
starts: 2026-12-05T10:00:00+01:00
teams: {names: [Otters]}
locations: [{id: pier, name: The Old Pier, code: LUMEN}]
"""
TEAMS = [{"id": "otters", "name": "Otters", "code": "K7QX3M2P"}]
ACCEPTED = {"t": "accepted", "n": 1, "hunt": "harbour", "applied": True, "teams": TEAMS}
POINTS = {
    "type": "FeatureCollection",
    "features": [
        {"properties": {"name": name}, "geometry": {"type": "Point", "coordinates": [lon, 0]}}
        for name, lon in (("Far Café", 9), ("Near", 1))
    ],
}


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    file = tmp_path / "harbour.yaml"
    file.write_text(PLAN, encoding="utf-8")
    return file


@contextmanager
def server(*answers: dict[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """A server on the loopback that says what it is told to: two lists of frames in turn."""
    received: list[Any] = []

    def play(connection: ServerConnection) -> None:
        received.append(json.loads(connection.recv()))
        connection.send(json.dumps({"t": "welcome", "session": "s", "applied": 0}))
        received.append(json.loads(connection.recv()))
        for answer in answers:
            connection.send(json.dumps(answer))
        # The client closes when it has what it waits for.
        list(connection)

    with _serving(play) as url:
        yield url, received


@contextmanager
def _serving(play: Callable[[ServerConnection], None]) -> Iterator[str]:
    with serve(play, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL]) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{listening.socket.getsockname()[1]}"
        finally:
            listening.shutdown()
            thread.join()


# The conversation ---------------------------------------------------------------------------


def test_an_applied_plan_is_final_only_when_it_is_saved() -> None:
    conversation = Conversation()
    assert conversation.take({"t": "health"}) is None
    assert conversation.take(ACCEPTED) is None
    assert conversation.take({"t": "saved", "n": 0}) is None
    outcome = conversation.take({"t": "saved", "n": 1})
    assert outcome == Seeded(hunt="harbour", applied=True, changes=[], teams=TEAMS)


def test_a_saved_may_ride_on_the_answer() -> None:
    assert Conversation().take(ACCEPTED | {"saved": 1}) is not None


def test_a_comparison_needs_no_saving() -> None:
    outcome = Conversation().take(ACCEPTED | {"applied": False, "changes": ["title: A -> B"]})
    assert outcome is not None
    assert not outcome.applied


@pytest.mark.parametrize(
    ("message", "failure"),
    [
        ({"t": "error", "code": "not_authorised", "message": "no"}, WrongToken),
        ({"t": "error", "code": "server_full", "message": "full"}, SeedFailed),
        ({"t": "refused", "n": 1, "reason": "invalid_plan", "errors": ["a"]}, PlanRefused),
        ({"t": "refused", "n": 1, "reason": "busy", "message": "later"}, SeedFailed),
    ],
)
def test_a_refusal_is_told_apart(message: dict[str, Any], failure: type[Exception]) -> None:
    with pytest.raises(failure):
        Conversation().take(message)


# The output ---------------------------------------------------------------------------------


def test_the_json_output_is_one_object_with_the_join_codes() -> None:
    text = outcome_json(Seeded(hunt="harbour", applied=True, changes=[], teams=TEAMS))
    assert "\n" not in text
    assert json.loads(text)["hunt"] == "harbour"
    assert json.loads(text)["teams"][0]["code"] == "K7QX3M2P"


def test_the_table_shows_names_as_they_are() -> None:
    teams = [{"id": "red", "name": "[red] Foxes", "code": "AAAA"}]
    console = Console(file=StringIO(), width=80)
    print_outcome(Seeded(hunt="h", applied=True, changes=[], teams=teams), console)
    assert isinstance(console.file, StringIO)
    assert "[red] Foxes" in console.file.getvalue()
    assert NOTHING_CHANGED not in console.file.getvalue()


def test_a_comparison_says_that_nothing_was_changed() -> None:
    console = Console(file=StringIO(), width=120)
    changes = ["location pier: points 50 -> 60"]
    print_outcome(Seeded(hunt="h", applied=False, changes=changes, teams=[]), console)
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue() == f"{changes[0]}\n{NOTHING_CHANGED}\n"


# The command line ---------------------------------------------------------------------------


def test_help_documents_the_exit_codes() -> None:
    text = parser().format_help()
    assert all(
        f"  {code}  " in text for code in (EXIT_DONE, EXIT_FAILED, EXIT_MISTAKES, EXIT_TOKEN)
    )


def test_a_plan_is_seeded_over_the_websocket(
    plan_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with server(ACCEPTED, {"t": "saved", "n": 1}) as (url, received):
        code = main([str(plan_file), "--server", url, "--token", "hush", "--json"])
    output = capsys.readouterr()
    assert code == EXIT_DONE
    assert json.loads(output.out)["teams"] == TEAMS
    assert "hush" not in output.out + output.err
    assert received[0] == {"t": "gm", "token": "hush"}
    assert (received[1]["t"], received[1]["n"], received[1]["replace"]) == ("seed", 1, False)
    assert received[1]["plan"]["starts"] == "2026-12-05T10:00:00+01:00"


def test_mistakes_that_the_server_finds_are_printed(
    plan_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = {"t": "refused", "n": 1, "reason": "invalid_plan", "message": "", "errors": ["a: b"]}
    with server(refused) as (url, _):
        assert main([str(plan_file), "--server", url, "--token", "hush"]) == EXIT_MISTAKES
    assert capsys.readouterr().err == "a: b\n"


def test_a_wrong_token_has_its_own_exit_code(
    plan_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(json.dumps({"t": "error", "code": "not_authorised", "message": "no"}))
        connection.close(4503)

    with _serving(refuse) as url:
        assert main([str(plan_file), "--server", url, "--token", "hush"]) == EXIT_TOKEN
    assert "hush" not in capsys.readouterr().err


def test_without_a_token_nothing_is_sent(
    plan_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CAIRN_GM_TOKEN", raising=False)
    assert main([str(plan_file)]) == EXIT_TOKEN
    assert "CAIRN_GM_TOKEN" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["ws://127.0.0.1:1", "nonsense", "http://127.0.0.1:1"])
def test_an_unreachable_server_is_told_in_words(
    plan_file: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(plan_file), "--server", address, "--token", "hush"]) == EXIT_FAILED
    output = capsys.readouterr()
    assert output.err.startswith("Not seeded: ")
    assert "hush" not in output.err


def test_a_server_that_hangs_up_is_told_in_words(
    plan_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with _serving(lambda connection: connection.close()) as url:
        assert main([str(plan_file), "--server", url, "--token", "hush"]) == EXIT_FAILED
    assert capsys.readouterr().err.startswith("Not seeded: the server closed the connection")


def test_a_plan_with_mistakes_is_not_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(PLAN.replace("LUMEN", "0123").replace("version: 1", "version: 2"))
    assert main([str(file), "--token", "hush"]) == EXIT_MISTAKES
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"{file}:1: version: expected 1")
    assert lines[1].startswith(f"{file}:6: locations[0].code: expected")
    assert lines[2] == "2 mistakes; nothing was sent."


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "plan.yaml"
    if content is not None:
        file.write_bytes(content)
    assert main([str(file)]) == EXIT_MISTAKES


def test_a_plan_is_checked_without_a_server(
    plan_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(plan_file), "--check"]) == EXIT_DONE
    assert "no mistakes; 1 locations, 1 teams" in capsys.readouterr().out


def test_geojson_points_become_a_plan_file_that_can_be_seeded(tmp_path: Path) -> None:
    points, plan = tmp_path / "My_Points.geojson", tmp_path / "made.yaml"
    points.write_text(json.dumps(POINTS), encoding="utf-8")
    arguments = [str(points), "--near", "0,0", "--pick", "1", "--teams", "3", "--write", str(plan)]
    assert main(arguments) == EXIT_DONE
    text = plan.read_text(encoding="utf-8")
    assert "hunt: my-points" in text
    assert "name: Near" in text
    assert "Café" not in text
    assert main([str(plan), "--check"]) == EXIT_DONE
