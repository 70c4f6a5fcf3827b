import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from scripts.bench_children import ROOT, floor
from scripts.bench_floor import STEPS
from server.protocol import JSON_SUBPROTOCOL, MSGPACK_SUBPROTOCOL, encode_map

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
