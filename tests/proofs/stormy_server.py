"""Cairn in an actor crash storm: `python -m tests.proofs.stormy_server rebuild|abandon FLAGS…`.

From SIGUSR1 on, about one message in a thousand makes its actor fail, of any kind and at any point:
before the message, after it, right after appending, or in answering. The team called "doomed" fails
on every message. SIGUSR2 ends the storm and writes what the actors hold to FILE.live.
"""

import asyncio
import random
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from actors.dispatch import mailbox_of
from actors.hunt import HuntActor
from actors.journal import Journal
from actors.location import LocationActor
from actors.quarantine import QuarantinedActor
from actors.supervisor import Supervisor
from actors.team import TeamActor
from server import __main__ as command
from server.app import App
from server.config import Config
from server.session import Session

FAILURES_PER_POINT = 1 / 4_000
"""At each of four points, so about one message in a thousand fails."""

DOOMED = "doomed"

ERRORS: tuple[Callable[[], BaseException], ...] = (
    lambda: RuntimeError("storm"),
    lambda: MemoryError("storm"),
    lambda: asyncio.CancelledError("storm"),
    lambda: KeyboardInterrupt("storm"),
    lambda: SystemExit("storm"),
)


class Storm:
    """Decides when something fails."""

    def __init__(self) -> None:
        self.is_on = False
        self._chance = random.Random(17)

    def strike(self) -> None:
        """Perhaps raise."""
        if self.is_on and self._chance.random() < FAILURES_PER_POINT:
            raise self._chance.choice(ERRORS)()

    def wrap(self, kind: type[Any], name: str, is_before: bool, is_after: bool) -> None:
        """Let a method fail before or after it did its work."""
        method = getattr(kind, name)

        def struck(this: Any, *arguments: Any) -> Any:
            if is_before:
                self.strike()
                if self.is_on and getattr(getattr(this, "state", None), "id", "") == DOOMED:
                    raise RuntimeError("doomed")
            result = method(this, *arguments)
            if is_after:
                self.strike()
            return result

        setattr(kind, name, struck)


def states(app: App) -> dict[str, Any]:
    """What every actor holds now; None for those in quarantine."""
    found: dict[str, Any] = {}
    for hunt, entry in app.core.directory.hunts.items():
        named = {"hunt": entry.hunt, **{f"team/{key}": ref for key, ref in entry.teams.items()}}
        named |= {f"location/{key}": ref for key, ref in entry.locations.items()}
        for name, ref in named.items():
            assert ref is not None
            owner = mailbox_of(ref).owner
            is_out = isinstance(owner, QuarantinedActor)
            found[f"{hunt}/{name}"] = None if is_out else owner.state  # type: ignore[union-attr]
    return found


def main(arguments: Sequence[str]) -> int:
    """Be the server, with a storm at hand."""
    storm = Storm()
    for kind in (TeamActor, LocationActor, HuntActor):
        storm.wrap(kind, "on_receive", is_before=True, is_after=True)
    storm.wrap(Journal, "append", is_before=False, is_after=True)
    storm.wrap(Session, "answer", is_before=True, is_after=False)
    if arguments[0] == "abandon":
        Supervisor._rebuild = lambda *_: None  # type: ignore[method-assign]

    def make_app(config: Config) -> App:
        app = App(config)

        def calm() -> None:
            storm.is_on = False
            data = msgspec.json.encode(states(app))
            unfinished = config.db.with_suffix(".part")
            unfinished.write_bytes(data)
            unfinished.rename(Path(config.db).with_suffix(".live"))

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, lambda: setattr(storm, "is_on", True))
        loop.add_signal_handler(signal.SIGUSR2, calm)
        return app

    return command.main(arguments[1:], make_app)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
