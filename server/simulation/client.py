"""A simulated device: the shipped client's queue and openings, on virtual time.

What `server.client` does with asyncio, this does with callbacks: it numbers actions, keeps each
until it is saved, reconnects with growing pauses, resumes its session and sends again.
"""

import random
from collections import deque
from collections.abc import Callable
from typing import Protocol

from actors.domain.ids import SessionId
from server.client import RECONNECT_MAX_S, RECONNECT_MIN_S
from server.client_line import GREETING_S
from server.client_openings import Openings, Return
from server.client_queue import ActionQueue
from server.simulation.link import HEARTBEAT_S, Link, LinkTrouble, Message
from server.simulation.site import Site

MESSAGES_KEPT = 6
"""Messages of teams that a game master has in view."""

UNSAVED_MAX = 40
"""Actions that a simulated person piles up; then they wait for the second tick."""


class Listener(Protocol):
    """Who looks on at what clients are told; see `server.simulation.auditor`."""

    def on_welcome(self, client: "SimulatedClient", welcome: Message) -> None:
        """The client was welcomed."""

    def on_ended(self, client: "SimulatedClient", code: int) -> None:
        """The server sent it away for good."""

    def on_received(self, client: "SimulatedClient", message: Message) -> None:
        """The client got a message."""


class SimulatedClient:
    """One device, over as many connections as it takes."""

    def __init__(
        self,
        name: str,
        site: Site,
        chance: random.Random,
        links: LinkTrouble,
        opening: Callable[[], Message],
        listener: Listener,
    ) -> None:
        """`opening` makes the first message, when the client first connects."""
        self.name = name
        self.site = site
        self.chance = chance
        self.queue = ActionQueue()
        self.asked: dict[int, Message] = {}
        """Every action of the present queue, by number."""
        self.session = SessionId("")
        """How the server calls the session, once it has welcomed it."""
        self.messages: deque[int] = deque(maxlen=MESSAGES_KEPT)
        """Positions of what teams wrote, as a game master's feed shows it."""
        self.welcome: Message | None = None
        self.link: Link | None = None
        self.is_ended = False
        self.is_offline = False
        """Switched off, or without a signal: does not try to connect."""
        self._links = links
        self._make_opening = opening
        self._openings: Openings | None = None
        self._listener = listener
        self._pause_s = RECONNECT_MIN_S
        self._is_waking = False
        self._is_welcomed = False

    # Connections ----------------------------------------------------------------------------

    def connect(self) -> None:
        """Try to connect, now and until it works."""
        if self.is_ended or self.link is not None or self.is_offline:
            return
        if not self.site.is_listening:
            self._connect_later()
            return
        if self._openings is None:
            self._openings = Openings(self._make_opening())
        timeline = self.site.timeline
        link = Link(timeline, self.chance, self._links, self, self.site, f"192.0.2.{self.name}")
        self.link, self._is_welcomed = link, False
        self.site.accept(link)
        link.send(self._openings.next)
        timeline.call_later(GREETING_S, lambda: self._expect_greeting(link))

    def _expect_greeting(self, link: Link) -> None:
        if self.link is link and not self._is_welcomed:
            link.cut_by_client(is_noticed=False)
            self.on_closed(link, 0)

    def _connect_later(self) -> None:
        pause_s = self._pause_s * self.chance.uniform(0.5, 1.0)
        self._pause_s = min(2 * self._pause_s, RECONNECT_MAX_S)
        self.site.timeline.call_later(pause_s, self.connect)

    def drop(self) -> None:
        """Lose the connection: a tunnel, a flat battery. The server may notice much later."""
        if self.link is not None:
            link = self.link
            link.cut_by_client(is_noticed=self.chance.random() < 0.5)
            self.on_closed(link, 0)

    def beat(self) -> None:
        """The heartbeat: a link that went dead without a word is noticed."""
        if self.link is not None and not self.link.is_up:
            link = self.link
            self.site.timeline.call_later(HEARTBEAT_S, lambda: self.on_closed(link, 0))

    def on_closed(self, link: Link, code: int) -> None:
        """The link is over."""
        if self.link is not link:
            return
        self.link = None
        self.queue.on_disconnected()
        assert self._openings is not None
        match self._openings.after(code, self.queue.saved):
            case Return.NEVER:
                self.is_ended = True
                self._listener.on_ended(self, code)
                return
            case Return.AFRESH:
                self.queue = ActionQueue()
                self.asked.clear()
        self._connect_later()

    # Messages -------------------------------------------------------------------------------

    def submit(self, action: Message) -> None:
        """Number an action, keep it, send it when possible."""
        if self.is_ended or len(self.queue) >= UNSAVED_MAX:
            return
        n = self.queue.add(action)
        self.asked[n] = action
        self.wake()

    def ask_again(self) -> None:
        """Send something again that the server has said on this connection was dealt with."""
        applied = self.welcome.get("applied", 0) if self.welcome is not None else 0
        if self.link is None or not self._is_welcomed or not applied:
            return
        n = self.chance.randint(1, applied)
        message = self.asked.get(n)
        if message is not None:
            self.link.send({**message, "n": n})

    def wake(self) -> None:
        """Send what may be sent now, and look again when it is time."""
        if self.link is None or not self._is_welcomed:
            return
        for message in self.queue.take(self.site.timeline.now):
            self.link.send(message)
        wake_at = self.queue.wake_at
        if wake_at is not None and not self._is_waking:
            self._is_waking = True
            self.site.timeline.call_at(wake_at, self._wake_again)

    def _wake_again(self) -> None:
        self._is_waking = False
        self.wake()

    def on_message(self, link: Link, message: Message) -> None:
        """A message came in."""
        if self.link is not link:
            return
        kind = message["t"]
        if kind == "welcome":
            self._on_welcome(message)
        self.queue.on_message(message, self.site.timeline.now)
        if kind == "feed":
            spoken = [one for one in message["events"] if one["kind"] == "team_spoke"]
            self.messages.extend(one["position"] for one in spoken)
        self._listener.on_received(self, message)
        if kind in ("accepted", "refused", "saved", "welcome"):
            self.wake()

    def _on_welcome(self, welcome: Message) -> None:
        self.welcome = welcome
        self._is_welcomed = True
        self._pause_s = RECONNECT_MIN_S
        assert self._openings is not None
        self._openings.on_welcome(welcome.get("session"))
        self._listener.on_welcome(self, welcome)
        self.queue.on_welcome(int(welcome.get("applied", 0)))
