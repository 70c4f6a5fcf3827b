"""From `accepted` to `saved`: which answers still rest on records that are not on disk."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from actors.domain.events import Record

SAVED_DELAY_S = 0.015
"""Seconds that a `saved` waits for an answer to ride on, like a delayed TCP acknowledgement. The
protocol allows 50 ms after the commit; with `COMMIT_PAUSE_S` before it, it comes within 25 ms of the
answer while the disk is quick."""


class AckTarget(Protocol):
    """A connection that waits for its answers to become final."""

    def note_saved(self, n: int, /) -> bool:
        """Everything up to `n` is final. Returns whether a `saved` must still be sent."""

    def send_saved(self) -> None:
        """Send the `saved` that did not find an answer to ride on."""


class Acks:
    """Answers in the order they were given, each with the position it rests on."""

    def __init__(self, call_later: Callable[[float, Callable[[], None]], object]) -> None:
        self._call_later = call_later
        self._waiting: deque[tuple[int, AckTarget, int]] = deque()
        self._due: list[AckTarget] = []
        self._watermark = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def start_at(self, watermark: int) -> None:
        """Everything up to this position was on disk when the server started."""
        self._watermark = watermark

    def add(self, position: int, target: AckTarget, n: int) -> None:
        """Request `n` was answered; the answer rests on `position`."""
        waiting = self._waiting
        if position <= self._watermark and not waiting:
            self._note(target, n)
        elif waiting and waiting[-1][0] == position and waiting[-1][1] is target:
            # `saved` is cumulative: a client that asks on and on, and gets nothing recorded, must
            # not take memory for as long as the disk is held up.
            waiting[-1] = (position, target, max(n, waiting[-1][2]))
        else:
            waiting.append((position, target, n))

    def on_commit(self, records: Sequence[Record]) -> None:
        """Records were committed: tell whose answers are final now."""
        self._watermark = watermark = records[-1].position
        waiting = self._waiting
        while waiting and waiting[0][0] <= watermark:
            _, target, n = waiting.popleft()
            if target.note_saved(n):
                self._send_soon(target)

    def _note(self, target: AckTarget, n: int) -> None:
        if target.note_saved(n):
            self._send_soon(target)

    def _send_soon(self, target: AckTarget) -> None:
        if not self._due:
            self._call_later(SAVED_DELAY_S, self.send_now)
        self._due.append(target)

    def send_now(self) -> None:
        """Send what would ride on later answers: there will be none."""
        due, self._due = self._due, []
        for target in due:
            target.send_saved()
