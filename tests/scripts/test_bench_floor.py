import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from actors.domain.ids import LocationId
from scripts import bench_floor
from scripts.bench_children import ROOT, CannotStart, floor
from scripts.bench_floor import STEPS, Floor, FloorConnection
from server.protocol import JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL, encode_map
from server.requests import Claim

LIMIT_S = 10.0

MESSAGES = 5


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("subprotocol", [JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL])
def test_claims_come_back_and_only_the_last_step_commits_them(
    step: str, subprotocol: str, tmp_path: Path
) -> None:
    claims = [encode_map(subprotocol, _claim(n)) for n in range(1, MESSAGES + 1)]
    with floor(tmp_path, step) as child:
        url = f"ws://{child.address[0]}:{child.address[1]}/"
        with (
            connect(url, compression=None, open_timeout=LIMIT_S) as one,
            connect(url, compression=None, open_timeout=LIMIT_S) as other,
        ):
            for client in (one, other):
                for claim in claims:
                    client.send(claim)
                assert [client.recv(LIMIT_S) for _ in claims] == claims
        child.stop()
    assert _numbers(tmp_path / "floor.db") == (
        [*range(1, MESSAGES + 1)] * 2 if step == "journal" else []
    )


class Line(asyncio.Transport):
    """A connection that notes whether it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.is_read = asyncio.Event()
        self.is_read.set()

    def is_closing(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self.is_read.clear()

    def resume_reading(self) -> None:
        self.is_read.set()


def test_connections_wait_while_the_disk_is_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_floor, "PENDING_MAX", 4)
    asyncio.run(_fall_behind(tmp_path / "floor.db"))
    assert len(_numbers(tmp_path / "floor.db")) == 4


async def _fall_behind(db: Path) -> None:
    floor = Floor("journal", db)
    connection, line = FloorConnection(floor), Line()
    for count in range(4):
        floor.hold_back(line)
        assert line.is_read.is_set(), count
        connection._claim(Claim(count + 1, LocationId(f"place-{count}")))
    floor.hold_back(line)
    assert not line.is_read.is_set()
    floor.journal.flush()
    await asyncio.wait_for(line.is_read.wait(), LIMIT_S)
    floor.stop()
    assert floor.failure is None


def test_a_journal_that_cannot_be_written_ends_the_server(tmp_path: Path) -> None:
    (tmp_path / "floor.db").mkdir()
    with floor(tmp_path, "journal") as child, pytest.raises(CannotStart, match="cannot be opened"):
        child.stop()


def test_the_journal_needs_a_place() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "bench_floor.py"), "journal"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert done.returncode == 1
    assert "--db" in done.stderr


def _claim(n: int) -> dict[str, Any]:
    return {"t": "claim", "n": n, "location": f"place-{n}", "code": "x"}


def _numbers(db: Path) -> list[int]:
    if not db.exists():
        return []
    with closing(sqlite3.connect(db)) as connection:
        sql = "SELECT n FROM events WHERE kind = 'location_found' ORDER BY position"
        return [n for (n,) in connection.execute(sql)]
