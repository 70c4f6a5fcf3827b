"""When a snapshot is made: now and then, one at a time, by a child process.

The loop only looks at two numbers every half minute; the persistence actor hears nothing of it.
"""

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pykka
from msgspec import Struct

from server.snapshot_maker import EXIT_DAMAGED, EXIT_DONE, Made

logger = logging.getLogger("cairn.snapshots")

SNAPSHOT_RECORDS = 50_000
"""New records that are worth a snapshot: without one, a start takes a quarter of a second longer."""

LOOK_S = 30.0
"""Seconds between two looks, and so between two snapshots at least. The first comes as long after
the start, when the phones are back."""

CallLater = Callable[[float, Callable[[], None]], object]


class Outcome(Struct, frozen=True):
    """What became of a child."""

    made: Made | None
    """None when it failed."""
    message: str
    """Why, if it did."""
    is_damage: bool
    """Whether it found the database damaged."""


class SnapshotChild:
    """Runs one child at a time, in a thread that may wait for it."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._process: subprocess.Popen[str] | None = None
        self._is_stopped = False

    def run(self, records_min: int, is_checking: bool) -> Outcome:
        """Start one and wait for its end."""
        command = [sys.executable, "-m", "server.snapshot_maker", str(self._database), "--child"]
        command += ["--records", str(records_min), *(["--check"] if is_checking else [])]
        try:
            self._process = process = subprocess.Popen(
                command,
                cwd=Path(__file__).parent.parent,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,  # Ctrl-C is for the server, which then ends its child.
            )
            if self._is_stopped:
                process.kill()
            # Its standard input stays open for as long as this process lives.
            assert process.stdout is not None
            lines = process.stdout.read().strip().splitlines()
            return _outcome(process.wait(), lines[-1] if lines else "it said nothing")
        except (OSError, msgspec.DecodeError) as error:
            return Outcome(None, str(error), is_damage=False)
        finally:
            self._close()

    def stop(self) -> None:
        """End it, from any thread; what it was writing is not kept."""
        self._is_stopped = True
        process = self._process
        if process is not None:
            process.kill()

    def _close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _outcome(code: int, said: str) -> Outcome:
    if code == EXIT_DONE:
        return Outcome(msgspec.json.decode(said, type=Made), "", is_damage=False)
    return Outcome(None, f"{said} ({code})", is_damage=code == EXIT_DAMAGED)


class MakeSnapshot(Struct, frozen=True):
    """Ask for a snapshot, and whom to call with what became of it."""

    records_min: int
    is_checking: bool
    reply: Callable[[Outcome], None]


class SnapshotActor(pykka.ThreadingActor):
    """Waits for the child in a thread of its own."""

    use_daemon_thread = True  # A snapshot that is half made at exit is nobody's loss.

    def __init__(
        self, child: SnapshotChild, call_on_loop: Callable[[Callable[[], None]], None]
    ) -> None:
        super().__init__()
        self._child = child
        self._call_on_loop = call_on_loop

    def on_receive(self, message: MakeSnapshot) -> None:
        """Make one; the reply is called on the loop, whatever happens here."""
        try:
            outcome = self._child.run(message.records_min, message.is_checking)
        except Exception as error:  # noqa: BLE001 - an actor that raises is dead for good.
            outcome = Outcome(None, repr(error), is_damage=False)
        self._call_on_loop(lambda: message.reply(outcome))


class SnapshotKeeper:
    """Sees to it that a start has not much to fold. Lives on the loop."""

    def __init__(
        self,
        ask: Callable[[MakeSnapshot], object],
        position: int,
        saved_position: Callable[[], int],
        call_later: CallLater,
        records: int = SNAPSHOT_RECORDS,
    ) -> None:
        """Nothing happens before `start`.

        Args:
            ask: Takes what a `SnapshotActor` does.
            position: Up to where this server was recovered from a snapshot; 0 if it was not.
            saved_position: That of the last saved record.
            call_later: Of the loop.
            records: New ones that are worth a snapshot.
        """
        self._ask = ask
        self._saved_position = saved_position
        self._call_later = call_later
        self._records = records
        self._tried_at = position
        self._must_check = self._wants_check = position > 0
        self._is_making = False
        self._is_stopped = False
        self.position = position
        """Up to where the newest snapshot reaches, as far as is known."""
        self.on_damage: Callable[[str], None] = logger.error
        """The database turned out to be damaged: the server must end, as it would not have
        started."""

    def start(self) -> None:
        """Look from now on."""
        self._call_later(LOOK_S, self._look)

    def stop(self) -> None:
        """Make no more."""
        self._is_stopped = True

    def _look(self) -> None:
        if self._is_stopped:
            return
        saved = self._saved_position()
        is_due = saved - self._tried_at >= self._records
        if not self._is_making and (is_due or self._wants_check):
            self._is_making, self._wants_check = True, False
            self._tried_at = saved if is_due else self._tried_at
            self._ask(MakeSnapshot(self._records, self._must_check, self._done))
        self._call_later(LOOK_S, self._look)

    def _done(self, outcome: Outcome) -> None:
        self._is_making = False
        if self._is_stopped:
            return
        if outcome.is_damage:
            self.on_damage(outcome.message)
        elif outcome.made is None:
            # Tried again only when as many records are new again: the journal is all there is.
            logger.warning("no snapshot was made: %s", outcome.message)
        else:
            self._must_check = False
            self.position = outcome.made.position
            if outcome.made.bytes:
                made = outcome.made
                logger.info("snapshot up to record %d, %d bytes", made.position, made.bytes)
