#!/usr/bin/env python3
"""Run a Python program on a slow disk: `bench_slow_disk.py CONTROL MODULE [ARGUMENT…]`.

Runs the module as `python -m MODULE` would, unchanged, but for `COMMIT` on SQLite connections,
which takes longer, inside the transaction and with Python's lock let go, just as a slow flush
does. How much longer is in the file CONTROL, so that whoever measures can change it meanwhile.
The same hook slows every server down, whatever it is; a slower disk would do the same.
"""

import functools
import mmap
import runpy
import sqlite3
import struct
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

LOOK_S = 0.05
"""Seconds between two looks at the file: a commit of 5 s must end soon after it need not last."""

_FORMAT = "d"
_BYTES = struct.calcsize(_FORMAT)


class Disk:
    """How long a commit takes, shared between processes through a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _BYTES)

    @classmethod
    def create(cls, path: Path) -> "Disk":
        """A disk that is as fast as it is."""
        path.write_bytes(bytes(_BYTES))
        return cls(path)

    @property
    def delay_s(self) -> float:
        """Seconds that a commit takes longer."""
        (delay_s,) = struct.unpack_from(_FORMAT, self._memory)
        return float(delay_s)

    @delay_s.setter
    def delay_s(self, delay_s: float) -> None:
        struct.pack_into(_FORMAT, self._memory, 0, delay_s)

    def wait(self) -> None:
        """Take as long as a commit takes longer."""
        started = time.monotonic()
        while (left_s := started + self.delay_s - time.monotonic()) > 0:
            time.sleep(min(left_s, LOOK_S))


def slow_connection(disk: Disk) -> type[sqlite3.Connection]:
    """SQLite connections whose commits wait for that disk."""

    class SlowConnection(sqlite3.Connection):
        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            if sql == "COMMIT":
                disk.wait()
            return super().execute(sql, parameters)

    return SlowConnection


def main(arguments: Sequence[str]) -> None:
    """Slow SQLite down and run the module."""
    control, module, *rest = arguments
    factory = slow_connection(Disk(Path(control)))
    sqlite3.connect = functools.partial(sqlite3.connect, factory=factory)  # type: ignore[assignment]
    sys.path[0] = str(ROOT)
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
