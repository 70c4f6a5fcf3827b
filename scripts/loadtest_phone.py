"""One phone of a load test: it plays its steps, keeps what is not saved, and comes back.

The rules of exactly-once are those of the real clients (`server.client_queue`); what is new here is
that everything is timed, from the planned moment on.
"""

import asyncio
import errno
import random
import time
from collections import deque
from typing import Any

import msgspec
from msgspec import Struct

from scripts.loadtest_books import TeamBook
from scripts.loadtest_line import Line, Lost, Target
from scripts.loadtest_plan import Step, What, place_code, place_id
from scripts.loadtest_tally import BACK, Tally
from server.client import RECONNECT_MAX_S, RECONNECT_MIN_S
from server.client_line import GREETING_S
from server.client_openings import Openings, Return, join
from server.client_queue import ActionQueue, Message
from server.close_codes import CloseCode

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode

_KIND = slice(len('{"t":"'), len('{"t":"') + 3)
"""Where the first letters of a message's type stand: pushes that no phone of ours looks at, such as
leaderboards, are never decoded."""


class Asked(Struct):
    """A request that is not answered yet."""

    what: What
    place: int
    planned_at: float
    is_clean: bool
    """Whether the phone had a connection all the while. If not, the time says nothing."""


class World(Struct):
    """What all phones share."""

    target: Target
    tally: Tally
    loop: asyncio.AbstractEventLoop
    announced: dict[int, float]
    """Announcement -> when it was planned."""
    tasks: set[asyncio.Task[None]]
    """Connections under way: the loop itself keeps no hold of them."""


def close_name(code: int) -> str:
    """A close code with its name, for people."""
    known = {one.value: one.name.lower() for one in CloseCode}
    return f"{code} {known[code]}" if code in known else str(code)


def obstacle(lost: Lost) -> str:
    """What stood in the way of a connection, for people."""
    if lost.http:
        return f"HTTP {lost.http}"
    if lost.error:
        return lost.error
    return close_name(lost.code)


class Phone:
    """One phone. All times are those of the loop's clock."""

    def __init__(self, index: int, code: str, book: TeamBook, world: World) -> None:
        self.index = index
        self.book = book
        self.is_gone = False
        """Whether it will not come back."""
        self.team: dict[str, Any] | None = None
        """The team as the newest welcome shows it; None while `look` waits for one."""
        self.is_in = False
        """Whether it is connected and welcomed."""
        self._world = world
        self._openings = Openings(join(code, f"Phone {index}"))
        self._queue = ActionQueue()
        self._asked: dict[int, Asked] = {}
        self._unsaved: deque[tuple[int, float, bool]] = deque()
        self._line: Line | None = None
        self._greeting: asyncio.TimerHandle | None = None
        self._wake: asyncio.TimerHandle | None = None
        self._pause_s = RECONNECT_MIN_S
        self._rng = random.Random(index)
        self._out_since = 0.0
        self._has_joined = False
        self._is_cutting = self._is_looking = self._is_leaving = False
        self._unread: deque[int] = deque()

    # Steps ----------------------------------------------------------------------------------

    def act(self, step: Step, planned_at: float) -> None:
        """Do what is planned, now."""
        if self.is_gone:
            return
        match step.what:
            case What.JOIN:
                self._out_since = planned_at
                self._connect()
            case What.POSITION:
                self._report_position()
            case What.DROP:
                self.drop()
            case What.SEEN:
                if self._unread:
                    request = {"t": "seen", "announcement": self._unread.popleft()}
                    self._ask(step, request, planned_at)
            case _:
                self._ask(step, _request(step), planned_at)

    def drop(self) -> None:
        """Lose the connection, as in a tunnel."""
        if self._line is not None and self.is_in:
            self._is_cutting = True
            self._world.tally.drops += 1
            self._line.cut()

    def look(self) -> None:
        """Come back, to see the team as the server has it."""
        self.team = None
        self._is_looking = True
        if self._line is not None and self.is_in:
            self._is_cutting = True
            self._line.cut()

    def leave(self) -> None:
        """Go for good."""
        self._is_leaving = self.is_gone = True
        for timer in (self._greeting, self._wake):
            if timer is not None:
                timer.cancel()
        if self._line is not None:
            self._line.cut()

    @property
    def unanswered(self) -> int:
        """Requests without an answer."""
        return len(self._asked)

    @property
    def unsaved(self) -> int:
        """Requests that are not called saved."""
        return len(self._queue)

    def close_book(self) -> None:
        """Whatever is not answered by now is left open."""
        for asked in self._asked.values():
            self.book.leave_open(asked.what, asked.place)

    def _report_position(self) -> None:
        if self._line is not None and self.is_in:
            lat, lon = 57.7 + self.index * 1e-6, 11.96 + self._rng.random() * 1e-3
            self._line.send(_encode({"t": "position", "lat": lat, "lon": lon, "accuracy": 8.0}))
            self._world.tally.positions += 1

    def _ask(self, step: Step, request: Message, planned_at: float) -> None:
        n = self._queue.add(request)
        self._asked[n] = Asked(step.what, step.place, planned_at, self.is_in)
        self._world.tally.asked[step.what] += 1
        self._flush()

    def _flush(self) -> None:
        """Send what may be sent, and come again when the server asked to wait."""
        line = self._line
        if line is None or not self.is_in:
            return
        for message in self._queue.take(self._world.loop.time()):
            line.send(_encode(message))
        if self._queue.wake_at is not None:
            if self._wake is not None:
                self._wake.cancel()
            self._wake = self._world.loop.call_at(self._queue.wake_at, self._flush)

    # Connections ----------------------------------------------------------------------------

    def _connect(self) -> None:
        if self._is_leaving:
            return
        task = self._world.loop.create_task(self._open())
        self._world.tasks.add(task)
        task.add_done_callback(self._world.tasks.discard)

    async def _open(self) -> None:
        target, line = self._world.target, Line(self._world.target, self)
        self._line = line
        self._greeting = self._world.loop.call_later(GREETING_S, self._give_up, line)
        try:
            async with asyncio.timeout(GREETING_S):
                await self._world.loop.create_connection(
                    lambda: line,
                    target.host,
                    target.port,
                    ssl=target.tls,
                    server_hostname=target.name if target.tls is not None else None,
                )
        except OSError as error:  # TimeoutError is one.
            line.fail(Lost(error=_words(error)))

    def _give_up(self, line: Line) -> None:
        if self._line is line and not self.is_in:
            line.cut(Lost(error="no welcome in time"))

    def on_open(self) -> None:
        """See `Owner`."""
        assert self._line is not None
        self._line.send(_encode(self._openings.next))

    def on_lost(self, lost: Lost) -> None:
        """See `Owner`."""
        tally, was_in, was_cut = self._world.tally, self.is_in, self._is_cutting
        self._line, self.is_in, self._is_cutting = None, False, False
        if self._greeting is not None:
            self._greeting.cancel()
        if was_in:
            tally.open -= 1
            self._queue.on_disconnected()
            for asked in self._asked.values():
                asked.is_clean = False
            self._unsaved = deque((n, at, False) for n, at, _ in self._unsaved)
        if self._is_leaving:
            return
        if not was_cut:
            (tally.closed if was_in else tally.not_in)[obstacle(lost)] += 1
        if self._openings.after(lost.code, self._queue.saved) is not Return.AGAIN:
            # Somebody set the hunt up anew, or the server wants to see this phone no more.
            self.is_gone = True
            tally.gone[obstacle(lost)] += 1
            return
        pause_s = self._pause_s * self._rng.uniform(0.5, 1)
        if was_in:  # What the phone waits by itself says nothing about the server.
            self._out_since = time.monotonic() + pause_s
        self._world.loop.call_later(pause_s, self._connect)
        self._pause_s = min(2 * self._pause_s, RECONNECT_MAX_S)

    # Messages -------------------------------------------------------------------------------

    def on_text(self, data: bytes) -> None:
        """See `Owner`."""
        now = time.monotonic()  # uvloop's own clock stands still within a turn, and has whole ms.
        match data[_KIND]:
            case b"acc" | b"ref" | b"sav":
                self._on_answer(_decode(data), now)
            case b"wel":
                self._on_welcome(_decode(data), now)
            case b"ann":
                self._on_announcement(_decode(data), now)
            case _:
                self._world.tally.pushes += 1

    def _on_answer(self, message: Message, now: float) -> None:
        if message.get("reason") == "busy":
            self._world.tally.refused["busy"] += 1
        answer = self._queue.on_message(message, now)
        if answer is not None:
            self._settle(answer, now)
        self._note_saved(now)
        if message["t"] != "saved":
            self._flush()

    def _settle(self, answer: Message, now: float) -> None:
        """A request is answered for good."""
        n = answer["n"]
        asked = self._asked.pop(n, None)
        if asked is None:
            return  # It was answered before the server forgot it in a crash.
        tally = self._world.tally
        if asked.is_clean:
            tally.answered(asked.what, now - asked.planned_at, now)
        reason = None if answer["t"] == "accepted" else str(answer["reason"])
        tally.outcome(asked.what, reason, now)
        self.book.enter(asked.what, asked.place, answer)
        self._unsaved.append((n, now, asked.is_clean))

    def _note_saved(self, now: float) -> None:
        unsaved = self._unsaved
        while unsaved and unsaved[0][0] <= self._queue.saved:
            _, answered_at, is_clean = unsaved.popleft()
            if is_clean:
                self._world.tally.saved(now - answered_at, now)

    def _on_welcome(self, welcome: Message, now: float) -> None:
        tally = self._world.tally
        if self._greeting is not None:
            self._greeting.cancel()
        self.is_in, self._pause_s, self.team = True, RECONNECT_MIN_S, welcome["team"]
        tally.open += 1
        if not self._is_looking:  # That comes after the test, all at once.
            tally.welcomed(BACK if self._has_joined else What.JOIN, now - self._out_since, now)
        self._has_joined = True
        self._openings.on_welcome(welcome.get("session"))
        for lost in self._queue.on_welcome(int(welcome.get("applied", 0))):
            self._settle(lost, now)
        self._flush()

    def _on_announcement(self, push: Message, now: float) -> None:
        number = push["announcement"]["id"]
        planned_at = self._world.announced.get(number)
        if planned_at is not None:
            self._world.tally.heard_s.append(now - planned_at)
        self._unread.append(number)


def _request(step: Step) -> Message:
    match step.what:
        case What.CLAIM:
            code = place_code(step.place)
            return {"t": "claim", "location": place_id(step.place), "code": code}
        case What.WRONG:
            return {"t": "claim", "location": place_id(step.place), "code": "not it"}
        case What.HINT:
            return {"t": "hint", "location": place_id(step.place), "hint": 0}
        case _:
            return {"t": "say", "text": "Load test: is anybody there?"}


def _words(error: OSError) -> str:
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return NO_DESCRIPTORS
    return error.strerror or "no connection in time"


NO_DESCRIPTORS = "no descriptor left on this machine"
"""What is said of a connection that this machine may not open."""
