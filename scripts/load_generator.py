"""Who makes the load: `load.c` where there is a C compiler, else the generator in Python."""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

import msgspec
from msgspec import Struct

from scripts.bench_children import CannotStart, compiled
from scripts.load import DRAIN_S, Load
from scripts.load_connection import LoadFailed, Measured
from scripts.load_figures import Phase, spread
from scripts.load_frames import ENCODINGS, Claims

KINDS = ("auto", "c", "python")
"""Which generator: C where it can be, or only this one."""

NAMES = {"c": "C, scripts/load.c", "python": "Python, scripts/load.py"}
"""How reports call them."""

ECHO_SUFFIX = "-echo"
"""Behind a wire's name: the server sends claims back instead of answering them."""

_END_S = 10.0
"""Seconds in which the generator hangs up before it is ended."""

_LAST_WORDS = 500


class Players(Struct, frozen=True):
    """Who plays, against which server."""

    address: tuple[str, int]
    wire: str
    """How claims look: `json` or `msgpack`, also with `-echo`; `load_wires.h` knows more."""
    path: str
    """Of the websocket; empty: what each has is its path."""
    each: Sequence[str]
    """For each player: its join code, its path, or nothing."""
    locations: int
    drain_s: float = DRAIN_S
    """Seconds that answers, and their `saved`, may take after the last claim."""


class Generator(Protocol):
    """Players who are all connected and may claim."""

    def closed_loop(self, depth: int, seconds: float) -> Phase:
        """Keep so many claims of every player on their way for so long.

        Raises:
            LoadFailed: the server did not do its part.
        """

    def open_loop(self, per_s: float, seconds: float) -> Phase:
        """Send so many claims a second at planned times, whether or not answers come.

        Raises:
            LoadFailed: the server did not do its part.
        """


def program(kind: str, folder: Path) -> Path | None:
    """The compiled generator, put into the folder; None: it will be the one in Python.

    Raises:
        CannotStart: only the one in C was asked for, and there is no compiler; or it cannot be
            compiled.
    """
    if kind == "python":
        return None
    found = compiled("load.c", folder)
    if found is None and kind == "c":
        raise CannotStart("there is no C compiler (cc or gcc) for the load generator")
    return found


def name(found: Path | None) -> str:
    """What to call the generator that `program` found."""
    return NAMES["python" if found is None else "c"]


@contextmanager
def generator(found: Path | None, players: Players, folder: Path) -> Iterator[Generator]:
    """Connect all players; they hang up when the block ends.

    Raises:
        LoadFailed: they were not all welcomed.
        OSError: there is no server.
    """
    if found is None:
        with _python(players) as load:
            yield load
        return
    process = _CGenerator(found, players, folder)
    try:
        yield process
    finally:
        process.close()


# In C ---------------------------------------------------------------------------------------


class _CGenerator:
    """A process of `load.c`, on the core of whoever starts it."""

    def __init__(self, found: Path, players: Players, folder: Path) -> None:
        """Start it, and wait until all are welcomed."""
        each, self._log = folder / "players.txt", folder / "load.log"
        each.write_text("".join(f"{line}\n" for line in players.each), encoding="utf-8")
        host, port = players.address
        command = [str(found), str(port), players.wire, players.path, str(len(players.each))]
        if host != "127.0.0.1":
            raise LoadFailed(f"the load generator plays on this machine only, not on {host}")
        with self._log.open("wb") as errors:
            self._process = subprocess.Popen(
                [*command, str(players.locations), str(each), str(players.drain_s)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        try:
            self._line()
        except BaseException:
            self.close()
            raise

    def closed_loop(self, depth: int, seconds: float) -> Phase:
        """See `Generator.closed_loop`."""
        return self._phase(f"closed {depth} {seconds}")

    def open_loop(self, per_s: float, seconds: float) -> Phase:
        """See `Generator.open_loop`."""
        return self._phase(f"open {per_s} {seconds}")

    def _phase(self, command: str) -> Phase:
        pipe = self._pipe(self._process.stdin)
        try:
            pipe.write(command.encode() + b"\n")
            pipe.flush()
        except BrokenPipeError:
            pass  # It has ended; its last words are about to be read.
        return msgspec.json.decode(self._line(), type=Phase)

    def _line(self) -> bytes:
        """What it says next. Its own limits see to it that it says something."""
        line = self._pipe(self._process.stdout).readline()
        if not line:
            said = self._log.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:].strip()
            raise LoadFailed(said or "the load generator ended without a word")
        return line

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None
        return pipe

    def close(self) -> None:
        """Let all players hang up."""
        try:
            self._process.communicate(timeout=_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


# In Python ----------------------------------------------------------------------------------


class _PythonGenerator:
    """The generator of this process."""

    def __init__(self, load: Load) -> None:
        self._load = load

    def closed_loop(self, depth: int, seconds: float) -> Phase:
        """See `Generator.closed_loop`."""
        return self._phase(lambda: self._load.closed_loop(depth, seconds))

    def open_loop(self, per_s: float, seconds: float) -> Phase:
        """See `Generator.open_loop`."""
        return self._phase(lambda: self._load.open_loop(per_s, seconds))

    def _phase(self, measure: Callable[[], Measured]) -> Phase:
        before_s = time.process_time()
        measured = measure()
        return phase(measured, time.process_time() - before_s)


def phase(measured: Measured, cpu_s: float) -> Phase:
    """Sum up what the generator in Python has measured, which took it so long to compute."""
    return Phase(
        measured.seconds,
        measured.drain_s,
        cpu_s,
        measured.answered,
        measured.accepted,
        measured.refused,
        measured.exhausted,
        spread(measured.answer_s),
        spread(measured.saved_s),
    )


@contextmanager
def _python(players: Players) -> Iterator[Generator]:
    kind = players.wire.removesuffix(ECHO_SUFFIX)
    if kind not in ENCODINGS:
        raise LoadFailed(f"{players.wire} needs the load generator in C, and so a C compiler")
    encoding = ENCODINGS[kind]()
    with Load(players.address, encoding, Claims(encoding, players.locations)) as load:
        load.drain_s = players.drain_s
        if kind == players.wire:
            load.connect(players.each, players.path, lambda: None)
        else:
            load.connect_to_echo(len(players.each), lambda: None)
        yield _PythonGenerator(load)
