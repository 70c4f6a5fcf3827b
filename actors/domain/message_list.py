"""What players wrote to the game masters: the newest, and older ones that wait for an answer."""

from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from actors.domain.console_lines import MessageLine

MESSAGES_NEWEST = 200
"""Newest messages that are kept, whatever their state: an hour of a talkative hunt."""

MESSAGES_WAITING_MAX = 300
"""Older messages that are kept because nobody is done with them; beyond it the oldest go. Who
has so many does not answer any more."""

DONE = "done"


class MessageListState(Struct):
    """All that a message list has to remember."""

    lines: dict[int, MessageLine]
    newest: tuple[int, ...]
    waiting: tuple[int, ...]


class MessageList:
    """Bounded: `MESSAGES_NEWEST`, and up to `MESSAGES_WAITING_MAX` older ones that are not done."""

    def __init__(self) -> None:
        self._lines: dict[int, MessageLine] = {}
        self._newest: deque[int] = deque()
        self._waiting: dict[int, None] = {}
        """Older ones that are not done, oldest first."""

    def state(self) -> MessageListState:
        """What `take_up` needs; it shares what changes in place."""
        return MessageListState(self._lines, tuple(self._newest), tuple(self._waiting))

    def take_up(self, state: MessageListState) -> None:
        """Go on where another list was."""
        self._lines, self._newest = state.lines, deque(state.newest)
        self._waiting = dict.fromkeys(state.waiting)

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[MessageLine]:
        """All, oldest first."""
        return iter(self._lines.values())

    def get(self, id_: int) -> MessageLine | None:
        """The message of that journal position, while it is kept."""
        return self._lines.get(id_)

    def add(self, line: MessageLine) -> None:
        """Keep one more, the newest."""
        self._lines[line.id] = line
        self._newest.append(line.id)
        if len(self._newest) > MESSAGES_NEWEST:
            self._grow_old(self._newest.popleft())

    def _grow_old(self, id_: int) -> None:
        if self._lines[id_].state == DONE:
            del self._lines[id_]
            return
        self._waiting[id_] = None
        if len(self._waiting) > MESSAGES_WAITING_MAX:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest], self._lines[oldest]

    def handle(self, id_: int, state: str, by: str | None) -> bool:
        """Note who sees to a message, and how far they are; False when it is not kept."""
        line = self._lines.get(id_)
        if line is None:
            return False
        line.state, line.by = state, by
        if state == DONE and id_ in self._waiting:
            del self._waiting[id_], self._lines[id_]
        return True
