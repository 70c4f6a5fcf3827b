"""Looks on at a simulated world and says which of the promised invariants did not hold.

I1  What was said to be saved is in the journal after any crash; what was said to be accepted is
    with the journal's writer, and after an orderly stop on the disk.
I2  Each request is recorded at most once, each session's in the order of their numbers, and
    becomes what was asked for.
I3  Every actor's state is the fold of the journal, records on their way to the disk included.
I4  What is recovered is the fold of a prefix that holds everything that was called saved.
I5  Nobody but the team itself is shown what is not saved.
I6  What is written at a journal position is what was given that position, for good.
I7  Finder ranks, bonuses, stock and scores are what the plan promises (see `referee`).
I8  Mailboxes, outboxes and the journal's queue stay within their limits.
I9  When faults stop, every client's queue gets empty, nothing that was asked is forgotten, and
    the hunt starts and ends on time.
I10 What a client's page shows after any pushes is what a fresh snapshot shows, and that is what
    the journal says.
I11 The same seed does the same things: the trace's hash (see `trace`).
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from actors.admission import JOURNAL_RESERVE_FRACTION
from actors.dispatch import MAILBOX_MESSAGES_MAX, mailbox_of
from actors.domain.events import HuntSeeded, Record
from actors.domain.hunt import next_deadline
from actors.domain.ids import HuntId
from actors.domain.refusals import Refusal
from actors.messages import Accepted, Answer, Joined, Ref, Refused
from actors.quarantine import QuarantinedActor
from actors.recovery import Recovery
from actors.simulation.disk import VirtualDisk
from actors.simulation.process import TURN_MESSAGES_MAX
from actors.simulation.timeline import Timeline
from actors.simulation.trace import Trace
from server.access import digest
from server.answers import position_of
from server.core import Core
from server.session import Session
from server.session_output import Stage
from server.simulation.client import SimulatedClient
from server.simulation.ledger import Ledger
from server.simulation.link import Message
from server.simulation.referee import Referee
from server.simulation.saved import SHOWN_WHEN_SAVED, SavedSoFar
from server.simulation.screen import Screen
from server.simulation.site import Site
from server.simulation.snapshot import differences, expected

VIOLATIONS_KEPT = 20
"""Violations that a run keeps in words; one is enough to fail it."""


APPENDED_A_TURN_MAX = 2 * TURN_MESSAGES_MAX
"""Records of one simulated turn at most: a finish tells of itself, a find steers its team on."""


class Violation(Struct, frozen=True):
    """Something that must never be."""

    invariant: str
    text: str
    at: float
    """Virtual seconds since the run began."""


class Auditor:
    """The `Watcher` of the site and the `Listener` of every client."""

    def __init__(self, timeline: Timeline, disk: VirtualDisk, trace: Trace) -> None:
        self._timeline = timeline
        self._began = timeline.now
        self._disk = disk
        self._trace = trace
        self.violations: list[Violation] = []
        self.frames_to_clients = 0
        self.ledger = Ledger(self.expect)
        self.screens: dict[SimulatedClient, Screen] = {}
        self.may_end = False
        """Whether clients may be sent away for good: the hunt was finished or set up anew."""
        self._core: Core | None = None
        self._site: Site | None = None
        self._shadow = Recovery()
        self._referees: dict[HuntId, Referee] = {}
        self._public = SavedSoFar()
        self._on_disk: list[Record] = []
        self._given: dict[Session, set[int]] = {}
        """The outcomes that each connection of this life was given."""
        self._appended: dict[int, Record] = {}
        """What this life of the server gave positions, by position."""
        self._told_saved = 0
        disk.on_written = self._on_written

    def expect(self, holds: bool, invariant: str, violation: str) -> None:
        """Note a violation, unless it holds."""
        if not holds and len(self.violations) < VIOLATIONS_KEPT:
            at = round(self._timeline.now - self._began, 6)
            self.violations.append(Violation(invariant, violation, at))

    # The server -----------------------------------------------------------------------------

    def on_boot(self, site: Site, recovery: Recovery) -> None:
        """A new life begins with what was recovered."""
        self._trace.note(b"boot %d %d" % (site.lives, recovery.last_position))
        self._site, self._core = site, site.core
        self.expect(
            recovery.last_position >= self._told_saved,
            "I4",
            f"recovered up to {recovery.last_position}, told saved up to {self._told_saved}",
        )
        self._shadow, self._referees = Recovery(), {}
        self._appended.clear()
        for record in self._disk.records:
            self._follow(record)

    def on_killed(self) -> None:
        """A life is over; the disk has settled."""
        self._trace.note(b"killed %d" % self._disk.durable)
        self._core = None
        self._given.clear()
        self._see_disk()
        self.ledger.on_crash(self._disk.durable)

    def on_append(self, record: Record) -> None:
        """A record was given its position."""
        self._trace.note(b"append %d" % record.position)
        self._appended[record.position] = record
        self.ledger.on_append(record)
        self._follow(record)

    def _follow(self, record: Record) -> None:
        self._shadow.take(record)
        referee = self._referees.get(record.hunt)
        if isinstance(record.event, HuntSeeded):
            self._referees[record.hunt] = Referee(record.event.plan)
        elif referee is not None:
            for wrong in referee.apply(record):
                self.expect(False, "I7", wrong)

    def on_joined(self, session: Session, joined: Joined | Refusal) -> None:
        """A team answered a first message."""
        if isinstance(joined, Joined):
            self.ledger.on_joined(session.session, joined.applied)

    def on_answer(self, session: Session, answer: Answer) -> None:
        """An actor answered a request."""
        position = position_of(answer)
        if position is None:
            return
        given = self._given.setdefault(session, set())
        self.expect(
            answer.n not in given or session.stage is Stage.CLOSED,
            "I2",
            f"request {answer.n} of {session.session[:6]} was answered twice on one connection",
        )
        given.add(answer.n)
        match answer:
            case Accepted():
                self.ledger.on_accepted(session.session, answer.n, position)
            case Refused():
                self.ledger.on_refused(session.session, answer.n, position)
            case _:
                self.ledger.on_compared(session.session, answer.n, position)

    def on_storage_lost(self, message: str) -> None:
        """The server gave up on its disk: never with a disk that only fails now and then."""
        self.expect(False, "I6", f"storage was given up: {message}")

    # The disk -------------------------------------------------------------------------------

    def _on_written(self, records: Sequence[Record]) -> None:
        self._trace.note(b"commit %d" % records[-1].position)
        for record in records:
            given = self._appended.get(record.position)
            self.expect(record == given, "I6", f"{given} was written as {record}"[:600])

    def _see_disk(self) -> None:
        """Follow what has become durable since the last look."""
        self._disk.settle()
        while len(self._on_disk) < self._disk.durable:
            record = self._disk.records[len(self._on_disk)]
            self._on_disk.append(record)
            self._public.follow(record)

    # What is sent ---------------------------------------------------------------------------

    def on_sent(self, session: Session, message: Message, payload: bytes) -> None:
        """The server is writing a message to a socket."""
        self._trace.note(payload)
        kind = message["t"]
        saved = message["n"] if kind == "saved" else message.get("saved")
        if saved is not None:
            self._see_disk()
            rests_on = self.ledger.on_saved(session.session, saved, self._disk.durable)
            self._told_saved = max(self._told_saved, rests_on)
        elif kind == "welcome":
            self.ledger.on_applied(session.session, message["applied"])
        if kind == "accepted":
            self._check_handed_over(session, message["n"])
        if kind in SHOWN_WHEN_SAVED:
            self._check_public(kind, message)

    def _check_handed_over(self, session: Session, n: int) -> None:
        """What an answer rests on must be with the journal's writer before the answer leaves."""
        unsent = self._core.journal.unsent if self._core is not None else ()
        position = self.ledger.rests_on(session.session, n)
        self.expect(
            not unsent or position < unsent[0].position,
            "I1",
            f"request {n} was answered before its record {position} was handed to the writer",
        )

    def on_goodbye(self, site: Site, appended: int) -> None:
        """An orderly stop came to its end, in time and with a disk that worked."""
        site.disk.settle()
        self.expect(
            site.disk.durable >= appended,
            "I1",
            f"stopped in order with {appended} appended and {site.disk.durable} saved",
        )

    def _check_public(self, kind: str, message: Message) -> None:
        self._see_disk()
        for wrong in self._public.objections(kind, message, self._disk.durable):
            self.expect(False, "I5", wrong)

    # Clients --------------------------------------------------------------------------------

    def on_welcome(self, client: SimulatedClient, welcome: Message) -> None:
        """A client was welcomed."""
        session = digest(
            "gm:" + welcome["session"] if welcome["you"]["role"] == "gm" else welcome["session"]
        )
        client.session = session
        self.ledger.know(session, client)

    def on_received(self, client: SimulatedClient, message: Message) -> None:
        """A client got a message."""
        self.frames_to_clients += 1
        self.screens.setdefault(client, Screen()).take(message, client.asked)

    def on_ended(self, client: SimulatedClient, code: int) -> None:
        """A client was sent away for good."""
        self.expect(self.may_end, "I9", f"{client.name} was sent away with {code}")

    # Now and then ---------------------------------------------------------------------------

    def check_now(self) -> None:
        """Compare every actor with the journal, and every queue with its limit."""
        core, site = self._core, self._site
        if core is None or site is None or site.process is None:
            return
        self._check_queues(core, site)
        is_idle = site.process.is_idle
        for hunt, entry in core.directory.hunts.items():
            image = self._shadow.hunts[hunt].image
            pairs: list[tuple[Ref | None, Any]] = [(entry.hunt, image.hunt)]
            pairs += [(ref, image.teams[team]) for team, ref in entry.teams.items()]
            pairs += [(ref, image.locations[place]) for place, ref in entry.locations.items()]
            for ref, state in pairs:
                if ref is not None:
                    self._check_actor(ref, state, is_idle)
            self._check_scores(hunt)
        if is_idle and not core.supervisor.is_rebuilding:
            for client, screen in self.screens.items():
                self._check_caught_up(client, screen)

    def _check_caught_up(self, client: SimulatedClient, screen: Screen) -> None:
        """A player's page to which nothing is on its way shows the team as it is."""
        link, session = client.link, client.link.session if client.link is not None else None
        if link is None or session is None or not link.is_quiet or session.waiting_bytes:
            return
        if session.stage is not Stage.PLAYER or session.hunt is None or session.team is None:
            return
        assert self._core is not None and self._site is not None
        assert self._site.process is not None
        owner = mailbox_of(self._core.directory.hunts[session.hunt].teams[session.team]).owner
        if isinstance(owner, QuarantinedActor):
            return
        image, now = self._shadow.hunts[session.hunt].image, self._site.process.now()
        wanted, shown = expected(image, "player", session.team, now), screen.picture()
        own = {key: wanted[key] for key in ("score", "target", "players", "states")}
        wrong = differences(shown, own)
        self.expect(not wrong, "I10", f"{client.name}, caught up, shows {wrong}"[:600])

    def check_on_time(self, late_s: float) -> None:
        """Expect that no hunt has waited longer than `late_s` for its start or end."""
        core, site = self._core, self._site
        if core is None or site is None or site.process is None:
            return
        for hunt, entry in core.directory.hunts.items():
            due = next_deadline(self._shadow.hunts[hunt].image.hunt)
            late = 0.0 if due is None else site.process.now() - due
            is_well = entry.hunt is not None and not isinstance(
                mailbox_of(entry.hunt).owner, QuarantinedActor
            )
            self.expect(late <= late_s or not is_well, "I9", f"{hunt} is {late:.0f} s late")

    def check_snapshot(self, client: SimulatedClient) -> None:
        """Expect that a page which has just got a snapshot shows what the journal says."""
        shown, welcome = self.screens[client].picture(), client.welcome
        if self._site is None or self._site.process is None or "leaderboard" not in shown:
            return
        assert welcome is not None
        (recovered,) = self._shadow.hunts.values()
        team = welcome["team"]["id"] if welcome.get("team") else None
        role, now = welcome["you"]["role"], self._site.process.now()
        wrong = differences(shown, expected(recovered.image, role, team, now))
        self.expect(not wrong, "I10", f"{client.name} is shown {wrong}"[:600])

    def _check_queues(self, core: Core, site: Site) -> None:
        pending, limit = core.journal.pending, core.journal.limits.records
        # The queue is looked at once a turn: a turn's records may come on top.
        most = limit * (1 + JOURNAL_RESERVE_FRACTION) + APPENDED_A_TURN_MAX
        self.expect(pending <= most, "I8", f"{pending} records wait")
        for link in site.open_links():
            outbox = link.outbox
            sizes = outbox.waiting_sizes if outbox is not None else [0]
            largest = max(sizes, default=0)  # A single message may be larger than the limit.
            waiting = sum(sizes) - (largest if largest > site.outbox_bytes else 0)
            self.expect(
                waiting <= site.outbox_bytes, "I8", f"{sum(sizes)} bytes wait for one client"
            )

    def _check_actor(self, ref: Ref, state: Any, is_idle: bool) -> None:
        mailbox = mailbox_of(ref)
        self.expect(len(mailbox) <= MAILBOX_MESSAGES_MAX, "I8", f"{len(mailbox)} in a mailbox")
        owner: Any = mailbox.owner
        if not is_idle or mailbox.is_suspended or isinstance(owner, QuarantinedActor):
            return
        if owner.state != state:
            self.expect(False, "I3", f"live {difference(owner.state, state)}")

    def _check_scores(self, hunt: HuntId) -> None:
        referee, image = self._referees[hunt], self._shadow.hunts[hunt].image
        for team, state in image.teams.items():
            score = referee.score(team)
            self.expect(state.score == score, "I7", f"{team}: {state.score} is not {score}")


def difference(live: Any, folded: Any) -> str:
    """Where two states differ, in a line."""
    fields = [
        f"{name}: {getattr(live, name)!r} is not {getattr(folded, name)!r}"
        for name in live.__struct_fields__
        if getattr(live, name) != getattr(folded, name)
    ]
    return f"{type(live).__name__} {getattr(live, 'id', '')} {'; '.join(fields)}"[:600]
