"""What goes wrong in a run, drawn from its seed.

Two levels, as FoundationDB's buggify has them: each kind of fault is switched on for a whole run
or not at all, and fires now and then in runs that have it. So most runs combine a few kinds, and
some have none.
"""

import random
from collections.abc import Callable

from actors.messages import LocationsChanged, TeamChanged
from actors.simulation.disk import VirtualDisk
from server.simulation.client import SimulatedClient
from server.simulation.link import LinkTrouble
from server.simulation.people import CLOCK_JUMP_S, Habit, Player
from server.simulation.site import Site

SWITCHED_ON = 0.5
"""Chance that a run has a kind of fault."""

PAUSE_S = 5.0
"""Mean seconds between two faults of one kind."""

EXCEPTION_EVERY = (60, 150, 400)
"""Moments at which an actor may fail between two at which it does, on average, in runs that have
exceptions; a run has one of these. Few, and actors end in quarantine; many, and little is rebuilt."""

STAFF_WEIGHT = 5
"""How many times as likely as a phone a game master comes back while an actor is rebuilt."""

AFTERWARDS = 3.0
"""How many times as likely an actor fails when it has answered: few of its messages come so far."""

DIES_WITHIN = 3_000
"""Deliveries within which a planned crash comes: any of them may be the last."""


class SimulatedFault(Exception):
    """An actor failed because the simulation wanted it to."""


class Faults:
    """Breaks things for as long as it is not told to stop."""

    def __init__(
        self,
        seed: str,
        site: Site,
        disk: VirtualDisk,
        links: LinkTrouble,
        habits: list[Habit],
    ) -> None:
        self._chance = random.Random(f"{seed}/faults")
        self._site = site
        self._disk = disk
        self._links = links
        self._habits = habits
        self._clients = [habit.client for habit in habits]
        self._is_over = False
        self._has_exceptions = False
        self._exception_every = self._chance.choice(EXCEPTION_EVERY)
        kinds: dict[str, Callable[[], None]] = {
            "kill": self._kill,
            "stop": site.stop,
            "slow disk": self._slow_disk,
            "stuck disk": self._stuck_disk,
            "failing disk": self._failing_disk,
            "ambiguous disk": self._ambiguous_disk,
            "cut": self._cut,
            "clog": self._clog,
            "slow links": self._slow_links,
            "duplicates": self._duplicate,
            "drop": lambda: self._chance.choice(self._clients).drop(),
            "offline": self._offline,
            "clocks": self._clocks,
            "rush": self._rush,
            "replays": self._replay,
            "deaf": self._deaf,
            "exceptions": lambda: None,
        }
        self.kinds = {
            name: fault for name, fault in kinds.items() if self._chance.random() < SWITCHED_ON
        }
        """The kinds that this run has."""

    def begin(self) -> None:
        """Let things go wrong from now on."""
        self._has_exceptions = "exceptions" in self.kinds
        self._site.on_boot = self._plant_in_actors
        self._site.before_answer = self._maybe_raise
        self._plant_in_actors()
        for fault in self.kinds.values():
            self._again(fault)

    def stop(self) -> None:
        """Let everything heal."""
        self._is_over, self._has_exceptions = True, False
        self._disk.trouble.heal()
        self._links.heal()
        if "clocks" in self.kinds and self._chance.random() < 0.7:
            self._set_server_clock(self._chance.choice((0.0, CLOCK_JUMP_S)))
        if self._site.process is not None:
            self._site.process.dies_at = None

    def _again(self, fault: Callable[[], None]) -> None:
        def strike() -> None:
            if not self._is_over:
                fault()
                self._again(fault)

        self._site.timeline.call_later(self._chance.expovariate(1 / PAUSE_S), strike)

    # The process ----------------------------------------------------------------------------

    def _kill(self) -> None:
        """Plan a death: at one of the deliveries to come, seldom enough to play in between."""
        process = self._site.process
        if process is not None and self._chance.random() < 0.4:
            process.dies_at = process.deliveries + self._chance.randrange(1, DIES_WITHIN)

    def _clocks(self) -> None:
        """Somebody sets a clock, the server's or a phone's."""
        offset_s = self._chance.choice((0.0, CLOCK_JUMP_S, -CLOCK_JUMP_S, 7.3))
        habit = self._chance.choice(self._habits)
        if isinstance(habit.person, Player):
            habit.person.clock_offset_s = offset_s
        if self._chance.random() < 0.3:
            self._set_server_clock(offset_s)

    def _set_server_clock(self, offset_s: float) -> None:
        self._site.clock_offset_s = offset_s
        if self._site.process is not None:
            self._site.process.clock_offset_s = offset_s

    def _plant_in_actors(self) -> None:
        """Exceptions before a record is appended, after that, and when all was answered.

        The fourth place, an answer itself, is where sessions are made: see `Site.before_answer`.
        """
        core = self._site.core
        if core is None:
            return
        draft, append, show = core.journal.draft, core.journal.append, core.hub.tell

        def failing_draft(*args: object, **more: object) -> object:
            self._maybe_raise()
            return draft(*args, **more)  # type: ignore[arg-type]

        def failing_append(record: object) -> None:
            append(record)  # type: ignore[arg-type]
            self._maybe_raise()

        def failing_show(push: object) -> None:
            if isinstance(push, TeamChanged | LocationsChanged):
                self._maybe_raise(AFTERWARDS)
            show(push)  # type: ignore[arg-type]

        core.hub.tell = failing_show  # type: ignore[method-assign]
        core.journal.draft = failing_draft  # type: ignore[method-assign,assignment]
        core.journal.append = failing_append  # type: ignore[method-assign]

    def _maybe_raise(self, likelihood: float = 1.0) -> None:
        if self._has_exceptions and self._chance.random() * self._exception_every < likelihood:
            self._make_it_worse()
            raise SimulatedFault("planted")

    def _make_it_worse(self) -> None:
        """Somebody comes back while the actor is rebuilt, and the disk takes its time over that."""
        if self._chance.random() < 0.5:
            return
        now = self._site.timeline.now
        client = self._chance.choice((*self._clients, *STAFF_WEIGHT * self._clients[:2]))
        self._site.timeline.call_later(self._chance.uniform(0.0, 1.0), client.drop)
        if "stuck disk" in self.kinds:
            stuck_until = now + self._chance.uniform(0.5, 4.0)
            self._disk.trouble.stuck_until = max(stuck_until, self._disk.trouble.stuck_until)

    # The disk -------------------------------------------------------------------------------

    def _slow_disk(self) -> None:
        self._disk.trouble.slowness = self._chance.choice((1.0, 20.0, 200.0))

    def _stuck_disk(self) -> None:
        if self._chance.random() < 0.3:
            self._disk.trouble.stuck_until = self._site.timeline.now + self._chance.uniform(1, 15)

    def _failing_disk(self) -> None:
        self._disk.trouble.failures = self._chance.choice((0.0, 0.2, 0.9))

    def _ambiguous_disk(self) -> None:
        self._disk.trouble.ambiguities = self._chance.choice((0.0, 0.1, 0.5))

    # The network ----------------------------------------------------------------------------

    def _cut(self) -> None:
        """A link dies; perhaps only one end notices for a long time (half open)."""
        links = self._site.open_links()
        if links:
            link = self._chance.choice(links)
            client_s, server_s = self._chance.choice(((0.1, 0.1), (0.1, 40.0), (30.0, 0.1)))
            link.cut(client_s, server_s)

    def _clog(self) -> None:
        """Clog some links, one more each time; they come free in any order."""
        for link in self._site.open_links():
            if self._chance.random() < 0.3:
                link.clog(self._chance.uniform(0.5, 20.0))

    def _deaf(self) -> None:
        """A client stops reading for a long time, although its connection is up."""
        links = self._site.open_links()
        if not links or self._chance.random() < 0.5:
            return
        staff = [one.link for one in self._clients[:2] if one.link in links]
        # What game masters are shown piles up fastest.
        heard = staff if staff and self._chance.random() < 0.5 else links
        link = self._chance.choice(heard)
        assert link is not None
        link.go_deaf(self._chance.uniform(5.0, 60.0))

    def _slow_links(self) -> None:
        self._links.latency_s = self._chance.choice((0.02, 0.3, 1.5))

    def _duplicate(self) -> None:
        self._links.duplicates = self._chance.choice((0.0, 0.05, 0.3))

    def _offline(self) -> None:
        """A phone loses its signal for a while, and queues what its player does."""
        client = self._chance.choice(self._clients)
        if client.is_offline:
            return
        client.is_offline = True
        client.drop()
        self._site.timeline.call_later(self._chance.uniform(2, 40), lambda: _back(client))

    def _replay(self) -> None:
        """A second tab, or a phone restored from a copy, asks again what was dealt with long ago."""
        self._chance.choice(self._clients).ask_again()

    def _rush(self) -> None:
        """Everybody claims one place in the same moment."""
        players = [habit for habit in self._habits if isinstance(habit.person, Player)]
        place = self._chance.choice(players[0].person.places)  # type: ignore[union-attr]
        for habit in players:
            assert isinstance(habit.person, Player)
            habit.client.submit(habit.person.claim(place, self._site.timeline.now))


def _back(client: SimulatedClient) -> None:
    client.is_offline = False
    client.connect()
