"""The benchmark's servers: child processes on a core of their own, one at a time."""

import ctypes
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

GM_TOKEN = "benchmark-0123456789"
"""Of servers that live for one run, on the loopback only."""

START_S = 30.0
"""Seconds a server has to listen."""

STOP_S = 60.0
"""Seconds a server has to save everything and say goodbye to 10,000 connections, in batches."""

_CPU_CLOCK = 2
"""The lowest bits of the clock that Linux keeps of a process's time: CPUCLOCK_SCHED. `/proc` would
tell hundredths of a second, of which a claim takes a few thousandths."""

_PR_SET_PDEATHSIG = 1
"""What Linux's `prctl` calls the signal that a process gets when its parent is gone."""

_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

_ADDRESS = re.compile(r"http://([\d.]+):(\d+)/")


class CannotStart(Exception):
    """A server did not start, or did not end well; the text says what it said."""


@cache
def cores() -> tuple[int, int]:
    """The core for servers and the core for the load; the same one when there is no other.

    Looked up once: while the load keeps to its core, only that one would be found, and servers
    that are started meanwhile would have to share it.
    """
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Keep this process on one core while the block runs."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _end_with_parent() -> None:
    """Between fork and exec: whatever ends the benchmark, and however early, ends its servers (Linux)."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@contextmanager
def _termination_held() -> Iterator[None]:
    """Let SIGTERM wait until the block is over.

    What a handler raises while Python forks is lost: hooks that run then may not fail.
    """
    handler, came = signal.getsignal(signal.SIGTERM), []
    signal.signal(signal.SIGTERM, lambda *arguments: came.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)
    if came:
        os.kill(os.getpid(), signal.SIGTERM)


class Child:
    """A listening child process, pinned to a core."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Start it, and wait until it says where it listens.

        Raises:
            CannotStart: it does not.
        """
        core, _ = cores()
        with log.open("ab") as errors, _termination_held():
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,  # Ctrl-C is for the benchmark, which then stops its child.
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - takes no lock that a thread may hold.
            )
        self._log = log
        try:
            os.sched_setaffinity(self._process.pid, {core})
            self.address = self._await_address()
        except BaseException:
            self.kill()
            raise

    def _await_address(self) -> tuple[str, int]:
        assert self._process.stdout is not None
        until = time.monotonic() + START_S
        said = b""
        while not (found := _ADDRESS.search(said.decode(errors="replace"))):
            left_s = max(0.0, until - time.monotonic())
            ready, _, _ = select.select([self._process.stdout], [], [], left_s)
            more = os.read(self._process.stdout.fileno(), 4_096) if ready else b""
            if not more:
                raise CannotStart(f"a server did not start: {self._last_words()}")
            said += more
        return found.group(1), int(found.group(2))

    def _last_words(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-1_000:] or "it said nothing"

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def cpu_s(self) -> float:
        """Seconds of processor time that its threads have used so far, to the nanosecond (Linux)."""
        return time.clock_gettime((~self._process.pid << 3) | _CPU_CLOCK)

    def memory_kib(self) -> int:
        """KiB of memory that it holds now, from `/proc` (Linux)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
        if found is None:
            raise CannotStart("a server ended while its memory was looked at")
        return int(found[1])

    def stop(self) -> None:
        """End it and wait; what it has accepted is saved then.

        Raises:
            CannotStart: it had to be killed, or failed.
        """
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise CannotStart(f"a server did not stop within {STOP_S:.0f} s") from None
        finally:
            if self._process.stdout is not None:
                self._process.stdout.close()
        if code:
            raise CannotStart(f"a server ended with {code}: {self._last_words()}")

    def kill(self) -> None:
        """End it at once, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def running(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[Child]:
    """A child that is gone when the block ends, however it ends."""
    child = Child(command, environment, log)
    try:
        yield child
    finally:
        child.kill()


@contextmanager
def cairn(folder: Path, launcher: Sequence[str] = ("-m", "server")) -> Iterator[Child]:
    """Cairn as it starts without any settings, but for its file, its port and its token.

    `launcher` is what Python is told to run.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CAIRN_")}
    environment["CAIRN_GM_TOKEN"] = GM_TOKEN
    command = [sys.executable, *launcher, "--db", str(folder / "bench.db"), "--port", "0"]
    with running(command, environment, folder / "server.log") as child:
        yield child


@contextmanager
def c_echo(program: Path, folder: Path) -> Iterator[Child]:
    """The bare echo server in C, compiled before."""
    with running([str(program)], os.environ, folder / "echo.log") as child:
        yield child


@contextmanager
def echo(folder: Path, loop: str, is_callback: bool = False) -> Iterator[Child]:
    """A bare echo server, on asyncio's own event loop or on uvloop.

    It is written on the library's coroutine API, or handles frames inside the callback.
    """
    command = [sys.executable, str(ROOT / "scripts" / "bench_echo.py")]
    command += ["--uvloop"] * (loop == "uvloop") + ["--callback"] * is_callback
    with running(command, os.environ, folder / "echo.log") as child:
        yield child


@contextmanager
def floor(folder: Path, step: str) -> Iterator[Child]:
    """An echo server of Cairn's own parts; its database, if the step has one, is `floor.db`."""
    command = [sys.executable, str(ROOT / "scripts" / "bench_floor.py"), step]
    command += ["--db", str(folder / "floor.db")]
    with running(command, os.environ, folder / "floor.log") as child:
        yield child


def compiled(source: str, folder: Path) -> Path | None:
    """Build one of the C programs of this folder into that one; None: there is no compiler.

    Raises:
        CannotStart: the compiler does not take it.
    """
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    result = folder / Path(source).stem
    command = [compiler, "-O2", "-o", str(result), str(ROOT / "scripts" / source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"{source} could not be compiled: {done.stderr[-500:]}")
    return result
