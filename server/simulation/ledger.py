"""Who asked what, and what became of it: the exactly-once half of the audit."""

from collections.abc import Callable
from typing import Protocol

from actors.domain import events
from actors.domain.events import AnyEvent, Record
from actors.domain.ids import SessionId
from server.client_queue import ActionQueue
from server.simulation.link import Message

Key = tuple[SessionId, int]
Expect = Callable[[bool, str, str], None]
"""`expect(holds, invariant, violation)`."""

CARRIED_OUT_AS: dict[str, tuple[type, ...]] = {
    "claim": (events.LocationFound, events.ClaimFailed),
    "hint": (events.HintBought,),
    "say": (events.TeamSpoke,),
    "seen": (events.AnnouncementSeen,),
    "seed": (events.HuntSeeded,),
    "start": (events.HuntStarted,),
    "pause": (events.HuntPaused,),
    "resume": (events.HuntResumed,),
    "finish": (events.HuntFinished,),
    "freeze": (events.LeaderboardFrozen,),
    "thaw": (events.LeaderboardThawed,),
    "extend": (events.HuntExtended,),
    "grant": (events.HintGranted,),
    "handle": (events.MessageHandled,),
    "invite": (events.StaffInvited,),
    "revoke": (events.StaffRevoked,),
    "cards": (),
    "announce": (events.Announced,),
    "open": (events.LocationOpened,),
    "close": (events.LocationClosed,),
    "adjust": (events.PointsAdjusted,),
    "void": (events.FindVoided,),
    "restore": (events.FindRestored,),
    "disqualify": (events.TeamDisqualified,),
    "reinstate": (events.TeamReinstated,),
}
"""The events that may come of a request."""

COPIED = (
    *("location", "team", "text", "hint", "announcement", "points"),
    *("seconds", "message", "state", "name", "role", "staff"),
)
"""Fields that an event has from its request."""


class Asker(Protocol):
    """A client, as far as the ledger is concerned."""

    asked: dict[int, Message]
    """Its requests, by number."""

    @property
    def queue(self) -> ActionQueue:
        """What it holds, and how far it knows to be saved."""


class Ledger:
    """The fate of every numbered request, as far as the server has told it to anybody."""

    def __init__(self, expect: Expect) -> None:
        self._expect = expect
        self._clients: dict[SessionId, Asker] = {}
        self._recorded: dict[Key, int] = {}
        self._failures: set[Key] = set()
        self._refused: dict[Key, int] = {}
        self._last_n: dict[SessionId, int] = {}
        self._told_n: dict[SessionId, int] = {}
        """The highest number of each session whose outcome this life of the server has told."""
        self._found_n: dict[SessionId, int] = {}
        """The highest number of each session that this life of the server found on the disk."""
        self._saved: dict[SessionId, int] = {}

    def know(self, session: SessionId, client: Asker) -> None:
        """A session was welcomed; it is this client's."""
        self._clients[session] = client

    # Decisions ------------------------------------------------------------------------------

    def on_append(self, record: Record) -> None:
        """A record with a request's number was given its position."""
        session, n = record.session, record.n
        if session is None or n is None:
            return
        last = self._last_n.get(session, 0)
        self._expect(n > last, "I2", f"request {n} of {session[:6]} was recorded after {last}")
        self._last_n[session] = n
        self._recorded[session, n] = record.position
        if isinstance(record.event, events.ClaimFailed):
            self._failures.add((session, n))
        self._decide_again(session, n)
        client = self._clients.get(session)
        request = client.asked.get(n) if client is not None else None
        self._expect(
            request is not None and is_outcome_of(request, record.event),
            "I2",
            f"request {n} of {session[:6]}, {request}, became {record.event}",
        )

    def on_refused(self, session: SessionId, n: int, position: int) -> None:
        """A request was finally refused; that rests on this position."""
        self._told_n[session] = max(n, self._told_n.get(session, 0))
        if (session, n) in self._recorded:
            self._expect(
                (session, n) in self._failures and self._recorded[session, n] == position,
                "I2",
                f"request {n} of {session[:6]} was refused although it was carried out",
            )
        else:
            self._decide_again(session, n)
            self._refused[session, n] = position

    def _decide_again(self, session: SessionId, n: int) -> None:
        """A refusal leaves no record, so a server that crashed decides the request anew.

        Only if its client sends it again, which it does as long as it has not heard that the
        refusal is saved.
        """
        if n <= self._saved.get(session, 0):
            client = self._clients.get(session)
            known = client.queue.saved if client is not None else 0
            self._expect(known < n, "I1", f"request {n} of {session[:6]} was final, yet came again")
            self._saved[session] = n - 1

    def on_compared(self, session: SessionId, n: int, position: int) -> None:
        """A seed was answered, which may have changed nothing."""
        if (session, n) not in self._recorded:
            self._refused[session, n] = position

    def on_accepted(self, session: SessionId, n: int, position: int) -> None:
        """A request was carried out, says the answer."""
        self._told_n[session] = max(n, self._told_n.get(session, 0))
        self._expect(
            self._recorded.get((session, n)) == position,
            "I2",
            f"request {n} of {session[:6]} was accepted without its record at {position}",
        )

    def on_crash(self, durable: int) -> None:
        """Whatever rested on later positions did not happen; nobody may have been told it did."""
        for key in [key for key, position in self._recorded.items() if position > durable]:
            del self._recorded[key]
            session, n = key
            self._expect(
                self._saved.get(session, 0) < n,
                "I1",
                f"request {n} of {session[:6]} was said to be saved, and is lost",
            )
        for key in [key for key, position in self._refused.items() if position > durable]:
            del self._refused[key]
        self._last_n.clear()
        for session, n in self._recorded:
            self._last_n[session] = max(n, self._last_n.get(session, 0))
        self._found_n = dict(self._last_n)
        self._told_n.clear()

    # What clients are told ------------------------------------------------------------------

    def on_saved(self, session: SessionId, n: int, durable: int) -> int:
        """Everything up to `n` is final, says the server. Returns the position that rests on."""
        rests_on = 0
        for number in range(self._saved.get(session, 0) + 1, n + 1):
            position = self._outcome(session, number)
            rests_on = max(rests_on, position or 0)
            self._expect(
                position is not None and position <= durable,
                "I1",
                f"saved {n}: request {number} of {session[:6]} rests on {position}, "
                f"the disk has {durable}",
            )
        self._saved[session] = max(n, self._saved.get(session, 0))
        return rests_on

    def on_applied(self, session: SessionId, applied: int) -> None:
        """A welcome says that everything up to `applied` was dealt with."""
        found = self._found_n.get(session, 0)
        self._expect(
            applied >= found,
            "I2",
            f"welcome: {applied} of {session[:6]} are applied, the disk had {found}",
        )
        for number in range(1, applied + 1):
            self._expect(
                self._outcome(session, number) is not None,
                "I1",
                f"welcome: request {number} of {session[:6]} was never decided, yet "
                f"{applied} are applied",
            )

    def on_joined(self, session: SessionId, applied: int) -> None:
        """A team says how far a session got, which includes all that it was answered."""
        told = self._told_n.get(session, 0)
        self._expect(
            applied >= told,
            "I2",
            f"welcome: {applied} of {session[:6]} are applied, {told} was answered",
        )

    def check_all_decided(self, session: SessionId, last: int) -> None:
        """At the end, everything that was asked was carried out or refused."""
        for number in range(1, last + 1):
            self._expect(
                self._outcome(session, number) is not None,
                "I9",
                f"request {number} of {session[:6]} was lost",
            )

    def rests_on(self, session: SessionId, n: int) -> int:
        """The position of a request's record, 0 when there is none."""
        return self._recorded.get((session, n), 0)

    def _outcome(self, session: SessionId, n: int) -> int | None:
        """The position that a request's outcome rests on; None when there is no outcome."""
        return self._recorded.get((session, n), self._refused.get((session, n)))


def is_outcome_of(request: Message, event: AnyEvent) -> bool:
    """Whether the event can have come of the request."""
    if not isinstance(event, CARRIED_OUT_AS[request["t"]]):
        return False
    shared = [name for name in COPIED if name in request and hasattr(event, name)]
    if isinstance(event, events.LocationFound):
        shared.remove("points") if "points" in shared else None
    return all(getattr(event, name) == request[name] for name in shared)
