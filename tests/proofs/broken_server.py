"""Cairn with a planted fault: `python -m tests.proofs.broken_server FAULT FLAGS…`.

Each fault is what a proof must find; it is put into the running program from outside.
"""

import sys
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from actors.applied import AppliedNumbers
from actors.domain import location as location_rules
from actors.domain.ids import SessionId
from server import __main__ as command
from server import connection, frame_reader, handshake, outbox
from server.session import Session

_kept: list[object] = []


def _pile_up(self: outbox.Outbox, key: str, frame: bytes) -> None:
    self.put(frame)


def unbounded() -> None:
    """Nobody is cut off, and what waits for a client has no limit."""
    bounded = outbox.Outbox.__init__
    outbox.Outbox.__init__ = lambda self, port, flusher, *_: bounded(  # type: ignore[method-assign]
        self, port, flusher, 2**40
    )
    connection.SLOW_CONSUMER_S = 3_600.0
    outbox.Outbox.conflate = _pile_up  # type: ignore[method-assign]


def hoarding() -> None:
    """Every frame that ever came is kept."""
    on_frame = Session.on_frame

    def keep(self: Session, data: bytes, is_text: bool) -> None:
        _kept.append(data)
        on_frame(self, data, is_text)

    Session.on_frame = keep  # type: ignore[method-assign]


def leaking() -> None:
    """A hundred bytes are kept of every message."""
    on_frame = Session.on_frame

    def leak(self: Session, data: bytes, is_text: bool) -> None:
        _kept.append(bytes(64))
        on_frame(self, data, is_text)

    Session.on_frame = leak  # type: ignore[method-assign]


def patient() -> None:
    """Handshakes and first messages may take for ever."""
    handshake.HANDSHAKE_S = 3_600.0
    connection.FIRST_MESSAGE_S = 3_600.0


def forgetful() -> None:
    """A welcome says that nothing was applied."""
    AppliedNumbers.of = lambda self, session: 0  # type: ignore[method-assign]


def boastful() -> None:
    """A welcome says that more was applied than was."""
    of = AppliedNumbers.of

    def more(self: AppliedNumbers, session: SessionId) -> int:
        return of(self, session) + 3

    AppliedNumbers.of = more  # type: ignore[method-assign]


def overselling() -> None:
    """A location does not count what is left."""
    location_rules._is_stock_promised = lambda state, location: False
    arbitrate = location_rules.arbitrate

    def sell(state, attempt, plan, now):  # type: ignore[no-untyped-def]
        return arbitrate(replace(state, standing=0), attempt, plan, now)

    location_rules.arbitrate = sell


def greedy() -> None:
    """What one client sent is handled to its end before anybody else gets a chance."""
    frame_reader.FRAMES_PER_TURN = 2**40


FAULTS: dict[str, Callable[[], None]] = {
    fault.__name__: fault
    for fault in (
        unbounded,
        hoarding,
        leaking,
        patient,
        forgetful,
        boastful,
        overselling,
        greedy,
    )
}


def main(arguments: Sequence[str]) -> int:
    """Plant the fault, then be the server."""
    FAULTS[arguments[0]]()
    return command.main(arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
