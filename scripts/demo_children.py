"""The demo's processes: the server and the bots. Each ends with the block that started it."""

import os
import queue
import secrets
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Self
from urllib.parse import urlsplit

from scripts.demo_watch import Watch
from server.config import GM_TOKEN_VARIABLE

ROOT = Path(__file__).resolve().parent.parent

READY_S = 120.0
"""Wait for the server to listen: it reads the whole journal first, a million events in seconds."""

HEALTH_S = 10.0
"""Wait for `/healthz`, which is answered from memory."""

SERVER_STOP_S = 30.0
"""The server gives its last commit 10 s, then says goodbye to everybody; ample for both."""

BOTS_STOP_S = 5.0
"""Bots only print a summary and leave."""

BOTS_PACE = "3/min"
"""Actions of each bot team: something happens every few seconds, and the hunt lasts long enough
for a newcomer to win it."""

HOST = "127.0.0.1"


class CannotRun(Exception):
    """The demo cannot run; the text says why and what to do."""


class Child:
    """A process that is stopped when the `with` block of it ends."""

    def __init__(self, name: str, stop_signal: signal.Signals, stop_s: float, watch: Watch) -> None:
        self.name = name
        self._stop_signal = stop_signal
        self._stop_s = stop_s
        self._watch = watch
        self._process: subprocess.Popen[str] | None = None

    def launch(
        self, command: list[str], environment: dict[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Start the process; the watch is told when it ends, for whatever reason."""
        with self._watch.held():
            process = self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                # Ctrl-C reaches every process of a terminal's group. In a group of their own the
                # children are stopped by us alone, and in order: bots first.
                start_new_session=True,
            )

        def report() -> None:
            process.wait()
            self._watch.note_end(self)

        threading.Thread(target=report, daemon=True).start()
        return process

    @property
    def exit_code(self) -> int | None:
        """None while it runs, or was never started."""
        return self._process.returncode if self._process is not None else None

    def stop(self) -> None:
        """End the process: ask, wait, and only then force it."""
        process = self._process
        if process is None:
            return
        with self._watch.held():
            process.send_signal(self._stop_signal)  # Does nothing when it has ended already.
            try:
                process.wait(self._stop_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()


class Server(Child):
    """`python -m server`, listening once the block begins."""

    def __init__(self, db: Path, port: int, token: str | None, watch: Watch) -> None:
        super().__init__("The server", signal.SIGTERM, SERVER_STOP_S, watch)
        self.is_token_new = token is None
        self.token = token or secrets.token_hex(16)
        self.address = ""
        """host:port, once it listens."""
        self._db = db
        self._port = port

    def __enter__(self) -> Self:
        """Start and wait until the server is healthy.

        Raises:
            CannotRun: The port is taken, or the server did not come up.
        """
        require_free_port(self._port)
        command = [sys.executable, "-m", "server", "--host", HOST, "--port", str(self._port)]
        # Only what matters to a newcomer: warnings. A level of their own choice is kept.
        environment = {"CAIRN_LOG_LEVEL": "warning", **os.environ, GM_TOKEN_VARIABLE: self.token}
        try:
            process = self.launch([*command, "--db", str(self._db.absolute())], environment)
            assert process.stdout is not None
            self.address = _await_address(process.stdout)
            _require_healthy(self.address)
        except BaseException:
            self.stop()  # `__exit__` is not called when `__enter__` fails.
            raise
        return self


class BotTeams(Child):
    """`scripts/bots.py`, playing for the teams whose codes it is given."""

    def __init__(self, plan: Path, websocket: str, codes: str, watch: Watch) -> None:
        super().__init__("The bots", signal.SIGTERM, BOTS_STOP_S, watch)
        self._plan = plan
        self._websocket = websocket
        self._codes = codes

    def __enter__(self) -> Self:
        script = str(ROOT / "scripts" / "bots.py")
        command = [sys.executable, script, "--server", self._websocket.removesuffix("/ws")]
        command += ["--plan", str(self._plan), "--codes", "-", "--pace", BOTS_PACE, "--json"]
        try:
            process = self.launch(command)
            assert process.stdin is not None and process.stdout is not None
            with suppress(BrokenPipeError):  # It ended at once; that is reported like any end.
                process.stdin.write(self._codes)
                process.stdin.close()
            threading.Thread(target=process.stdout.read, daemon=True).start()
        except BaseException:
            self.stop()
            raise
        return self


def require_free_port(port: int) -> None:
    """Say so in time, and in plain words, if the port is taken.

    Raises:
        CannotRun: It is.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CannotRun(
                f"Port {port} cannot be used ({error.strerror}); perhaps Cairn runs already. Stop "
                "that, or choose another port with --port (0 picks a free one)."
            ) from error


def _await_address(output: IO[str]) -> str:
    """Wait for the line that says where the server listens; everything else is passed on."""
    found: SimpleQueue[str] = SimpleQueue()

    def read() -> None:
        for line in output:
            address = urlsplit(line.partition(" on ")[2].partition(" ")[0]).netloc
            if line.startswith("Cairn listens on") and address:
                found.put(address)
            else:
                print(line, end="")
        found.put("")

    threading.Thread(target=read, daemon=True).start()
    try:
        address = found.get(timeout=READY_S)
    except queue.Empty:
        raise CannotRun(f"The server did not get ready within {READY_S:.0f} s.") from None
    if not address:
        raise CannotRun("The server did not start; it says why above.")
    return address


def _require_healthy(address: str) -> None:
    connection = HTTPConnection(address, timeout=HEALTH_S)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        raise CannotRun(f"The server at {address} does not answer: {error}") from error
    finally:
        connection.close()
    if status != 200:
        raise CannotRun(f"The server is not healthy; look at http://{address}/healthz")
