"""A healthy player in a process of its own: how fast is it answered while others misbehave?

`python -m tests.proofs.pulse PORT CODE`: acts a hundred times a second. For every line on its
standard input it prints the latencies since the last one, in seconds, as JSON; it ends with it.
"""

import asyncio
import json
import select
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from scripts.load_connection import shake_hands
from scripts.load_frames import PONG, masked
from tests.integration.clients import PATIENCE_S
from tests.integration.harness import REPOSITORY
from tests.proofs.phones import split_frames, text

PERIOD_S = 0.01


class Pulse:
    """Acts and waits for the answer, at a steady pace."""

    def __init__(self, port: int, code: str) -> None:
        self._socket = shake_hands(("127.0.0.1", port), "/ws", "cairn.v1.json")
        self._rest = b""
        self._n = 0
        self.latencies: list[float] = []
        self._socket.sendall(text({"t": "join", "code": code, "name": "Pulse"}))
        self._wait_for("welcome", 0)

    def beat(self) -> None:
        """One action and its answer."""
        self._n += 1
        started = time.perf_counter()
        self._socket.sendall(text({"t": "say", "n": self._n, "text": "steady"}))
        self._wait_for("accepted", self._n)
        self.latencies.append(time.perf_counter() - started)

    def _wait_for(self, kind: str, n: int) -> None:
        while True:
            data = self._socket.recv(262_144)
            if not data:
                raise ConnectionError("a healthy player was thrown out")
            frames, self._rest = split_frames(self._rest + data)
            found = False
            for first, payload in frames:
                if first == 0x89:
                    self._socket.sendall(masked(PONG, payload))
                elif first == 0x88:
                    raise ConnectionError(f"a healthy player was closed: {payload!r}")
                elif payload.startswith(b'{"t":"' + kind.encode()):
                    found = found or not n or json.loads(payload)["n"] == n
            if found:
                return


def main(port: int, code: str) -> None:
    """Beat until standard input ends."""
    pulse = Pulse(port, code)
    print("ready", flush=True)  # noqa: T201
    due = time.perf_counter()
    while True:
        due = max(due + PERIOD_S, time.perf_counter() - PERIOD_S)
        ready, _, _ = select.select([sys.stdin], [], [], max(0.0, due - time.perf_counter()))
        if ready:
            if not sys.stdin.readline():
                return
            print(json.dumps(pulse.latencies), flush=True)  # noqa: T201
            pulse.latencies = []
        pulse.beat()


class Heart:
    """The test's end of a pulse."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def p99_s(self) -> float:
        """The 99th percentile of the latencies since this was last asked, in seconds."""
        return percentile(await self.latencies(), 0.99)

    async def latencies(self) -> list[float]:
        """All latencies since this was last asked, in seconds."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"\n")
        async with asyncio.timeout(2 * PATIENCE_S):
            line = await process.stdout.readline()
        assert line, "the healthy player did not get through"
        found: list[float] = json.loads(line)
        return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


@asynccontextmanager
async def beating(port: int, code: str) -> AsyncIterator[Heart]:
    """A healthy player while the block runs."""
    options: dict[str, Any] = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.proofs.pulse", str(port), code),
        cwd=REPOSITORY,
        limit=2**24,
        **options,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            assert await process.stdout.readline() == b"ready\n"
        yield Heart(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


if __name__ == "__main__":
    socket.setdefaulttimeout(2 * PATIENCE_S)
    main(int(sys.argv[1]), sys.argv[2])
