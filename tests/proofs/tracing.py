"""What a server process asks of the disk, seen and disturbed from outside, with `strace`."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from msgspec import Struct

from tests.integration.clients import PATIENCE_S

MISSING = (
    "strace is missing, or may not trace here: apt-get install strace (in a container also "
    "--cap-add SYS_PTRACE)"
)

POLL_S = 0.005

DATA_BYTES_MAX = 1_000_000
"""Bytes of one call's data that are recorded: more than SQLite or the server writes at once."""

RECORDED = "pwrite64,write,writev,sendto,sendmsg,fdatasync,fsync,ftruncate,unlink"


async def can_trace() -> bool:
    """Whether strace is there and allowed to do its work."""
    if shutil.which("strace") is None:
        return False
    tried = await asyncio.create_subprocess_exec(
        *("strace", "-f", "-o", os.devnull, "true"), stderr=asyncio.subprocess.DEVNULL
    )
    return await tried.wait() == 0


def recording(log: Path) -> list[str]:
    """What a server's command line begins with, to have its writes recorded."""
    # As a grandchild (-D), so that the process that is started is the server itself.
    return [
        *("strace", "-D", "-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", str(DATA_BYTES_MAX)),
        *("-o", str(log), "-e", f"trace={RECORDED}"),
    ]


def threads_of(pid: int) -> list[int]:
    """A process's threads; its first has the process's own number."""
    return [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]


class Disturbance:
    """A fault in the flushes of a running server: of all its threads but the event loop's, which
    is left alone so that it is as fast as ever, or of that one too."""

    def __init__(self, pid: int, fault: str, log: Path, is_loop_too: bool = False) -> None:
        self._pid = pid
        self._is_loop_too = is_loop_too
        self._log = log
        self._options = ["-e", "trace=fdatasync", "-e", f"inject=fdatasync:{fault}"]
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        self._log.write_text("", encoding="ascii")
        threads = threads_of(self._pid)
        traced = [one for one in threads if one != self._pid or self._is_loop_too]
        named = [part for one in traced for part in ("-p", str(one))]
        self._process = await asyncio.create_subprocess_exec(
            *("strace", *self._options, "-o", str(self._log), *named),
            stderr=asyncio.subprocess.PIPE,
        )
        assert self._process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            for _ in traced:
                line = (await self._process.stderr.readline()).decode()
                # A thread may end between the look and the attachment: it flushes nothing more.
                assert "attached" in line or "No such process" in line, line
        return self

    def _has_happened(self) -> bool:
        return "INJECTED" in self._log.read_text(encoding="ascii")

    async def happened(self) -> None:
        """Wait until the fault has come about."""
        async with asyncio.timeout(PATIENCE_S):
            while not self._has_happened():  # noqa: ASYNC110 - another process sets no event.
                await asyncio.sleep(POLL_S)

    async def __aexit__(self, *_: object) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)  # It lets go of the server, which goes on.
        await self._process.wait()


# The record -------------------------------------------------------------------------------------


class Write(Struct, frozen=True):
    """Bytes that were handed to a file's cache."""

    path: str
    offset: int
    data: bytes


class Truncate(Struct, frozen=True):
    path: str
    size: int


class Unlink(Struct, frozen=True):
    path: str


class SyncBegun(Struct, frozen=True):
    path: str
    thread: str


class SyncEnded(Struct, frozen=True):
    path: str
    thread: str
    is_done: bool
    """Whether it succeeded."""


class Sent(Struct, frozen=True):
    """Bytes that left on a connection; the descriptor tells connections apart."""

    connection: str
    data: bytes


Step = Write | Truncate | Unlink | SyncBegun | SyncEnded | Sent

_LINE = re.compile(r"^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$")
_DESCRIPTOR = re.compile(r"^(\d+)<((?:\\x[0-9a-f]{2})*)>")
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_RESULT = re.compile(r"= (-?\d+)")


def read_record(log: Path, database: Path) -> list[Step]:
    """The steps of a recording that concern the database's files and the connections."""
    files = {str(database) + suffix for suffix in ("", "-wal", "-journal")}
    files.add(str(database.parent))
    steps: list[Step] = []
    syncs: dict[str, str] = {}
    with log.open(encoding="ascii") as lines:
        for line in lines:
            steps.extend(_steps(line, files, syncs))
    return steps


def _steps(line: str, files: set[str], syncs: dict[str, str]) -> Iterator[Step]:
    matched = _LINE.match(line)
    if matched is None:
        return
    thread, resumed, call, rest = matched.groups()
    if resumed in ("fsync", "fdatasync") and thread in syncs:
        yield SyncEnded(syncs.pop(thread), thread, _is_done(rest))
    elif call == "unlink":
        path = _text(_STRING.search(rest))
        if path in files:
            yield Unlink(path)
    elif call is not None and (descriptor := _DESCRIPTOR.match(rest)) is not None:
        path = bytes.fromhex(descriptor[2].replace("\\x", "")).decode()
        if path.startswith(("TCP", "socket:")):
            data = b"".join(_bytes(found) for found in _STRING.finditer(rest[descriptor.end() :]))
            yield Sent(descriptor[1], data)
        elif path in files:
            yield from _file_steps(thread, call, path, rest[descriptor.end() :], syncs)


def _file_steps(
    thread: str, call: str, path: str, rest: str, syncs: dict[str, str]
) -> Iterator[Step]:
    match call:
        case "pwrite64":
            data = _bytes(_STRING.search(rest))
            # The offset is the last argument; the call may be cut in two lines after it.
            offset = re.search(r", \d+, (\d+)(?:\)| <unfinished)", rest)
            assert offset is not None, rest[-80:]
            yield Write(path, int(offset[1]), data)
        case "ftruncate":
            size = re.search(r", (\d+)", rest)
            assert size is not None, rest
            yield Truncate(path, int(size[1]))
        case "fsync" | "fdatasync":
            yield SyncBegun(path, thread)
            if "<unfinished" in rest:
                syncs[thread] = path
            else:
                yield SyncEnded(path, thread, _is_done(rest))


def _bytes(found: re.Match[str] | None) -> bytes:
    assert found is not None
    return bytes.fromhex(found[1].replace("\\x", ""))


def _text(found: re.Match[str] | None) -> str:
    return _bytes(found).decode()


def _is_done(rest: str) -> bool:
    result = _RESULT.search(rest)
    return result is not None and int(result[1]) == 0


# What clients were told -------------------------------------------------------------------------

_SESSION = re.compile(rb'"t":"welcome","session":"([0-9a-f]+)"')
_SAVED = re.compile(rb'"t":"saved","n":(\d+)|"saved":(\d+)')


def told_saved(steps: Sequence[Step]) -> Iterator[tuple[int, str, int]]:
    """Every `saved` that left the server, in the clear: the step, the session's token, and n."""
    sessions: dict[str, str] = {}
    for number, step in enumerate(steps):
        if not isinstance(step, Sent):
            continue
        if (welcome := _SESSION.search(step.data)) is not None:
            sessions[step.connection] = welcome[1].decode()
        for found in _SAVED.finditer(step.data):
            if step.connection in sessions:
                yield number, sessions[step.connection], int(found[1] or found[2])
