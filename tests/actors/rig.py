"""Real actors of a small hunt on virtual time, and fakes that record at its three edges.

The disk is a list, and the test says when it has committed; people are lists of what they were
answered. Everything between them is the real thing.
"""

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from actors.console import ConsoleActor
from actors.directory import Directory, HuntDirectory
from actors.dispatch import mailbox_of
from actors.domain.commands import (
    AdjustPoints,
    BuyHint,
    GameMasterCommand,
    HuntScoped,
    JoinTeam,
    Malformed,
    PlayerCommand,
    StartHunt,
)
from actors.domain.events import AnyEvent, HuntSeeded, Record
from actors.domain.hunt import HuntState
from actors.domain.ids import HuntId, LocationId, TeamId
from actors.domain.leaderboard import LeaderboardRow
from actors.domain.location import LocationState
from actors.domain.plan import HuntPlan
from actors.domain.team import TeamState
from actors.journal import Journal
from actors.ladder import Shed
from actors.messages import (
    Accepted,
    Answer,
    CommittedRecords,
    Join,
    Joined,
    Publisher,
    Ref,
    Request,
)
from actors.recovery import Recovery
from actors.simulation.timeline import EPOCH_S
from actors.simulation.virtual import VirtualDispatcher
from actors.supervisor import Supervisor
from tests.actors.edges import Device, RecordingPublisher, RecordingWriter
from tests.domain.given import HUNT, OTTERS, PIER, TERNS, code, given_plan

POISON = "a message that no actor can handle"


class Rig:
    """One hunt (or more) of real actors, and everything around them."""

    def __init__(
        self,
        plan: HuntPlan | None = None,
        *,
        seed: int = 0,
        publisher: Callable[[Directory, VirtualDispatcher, Journal], Publisher] | None = None,
        records: Sequence[Record] = (),
        switch: Callable[[Shed], None] | None = None,
    ) -> None:
        """Seed a hunt, or recover those of a journal when there are `records`.

        `switch` takes a game master's `shed`.
        """
        self.plan = plan or given_plan()
        self.dispatcher = VirtualDispatcher(seed, records[-1].at if records else EPOCH_S)
        self.directory = Directory()
        self.writer = RecordingWriter()
        self.writer.records.extend(records)
        self.recovery = folded(records)
        self.journal = Journal(self.writer, self.recovery.last_position, self.dispatcher)
        self.switched: list[Shed] = []
        self.pushes = RecordingPublisher()
        shown: Publisher = self.pushes
        if publisher is not None:
            shown = publisher(self.directory, self.dispatcher, self.journal)
        self.supervisor = Supervisor(
            self.dispatcher, self.journal, self.directory, shown, self._read_hunt
        )
        self.console: Ref = ConsoleActor.start(
            self.dispatcher,
            self.journal,
            self.directory,
            self.supervisor,
            self.recovery.console,
            switch or self.switched.append,
        )
        self.dispatcher.after_turn(self.journal.flush)
        self.journal.listen(self._tell_leaderboards)
        self.game_master = Device()
        self._reads: list[tuple[HuntId, Callable[[Sequence[Record]], None]]] = []
        self.is_reading_held = False
        """Whether reading the journal back waits for `read_back`."""
        self._start_hunts(bool(records))

    def _start_hunts(self, is_recovered: bool) -> None:
        if is_recovered:
            for hunt in self.recovery.hunts.values():
                self.supervisor.start_hunt(hunt.image, hunt.applied)
        else:
            self.seed(self.plan)
        self.run()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.supervisor.stop_all()
        if self.console.is_alive():
            self.console.stop(block=False)
        self.dispatcher.run_until_idle()

    # Time and disk --------------------------------------------------------------------------

    def run(self) -> None:
        self.dispatcher.run_until_idle()

    def advance(self, seconds: float) -> None:
        self.dispatcher.advance(seconds)

    def commit(self, position: int | None = None) -> None:
        """Let the disk finish everything up to `position`, or all that it was handed."""
        self.run()
        reached = self.writer.records[-1].position if position is None else position
        while self.journal.committed(reached):
            pass
        self.run()

    def read_back(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Answer those who want to read the journal, which needs all of it on disk.

        `meanwhile` happens while the answers are on their way from the disk's thread.
        """
        self.commit()
        while self._reads:
            self._answer_reads(meanwhile)
            self.commit()

    def _answer_reads(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        reads, self._reads = self._reads, []
        answers = [(reply, self._since_seeding(hunt)) for hunt, reply in reads]
        meanwhile()
        for reply, records in answers:
            reply(records)

    def _read_hunt(self, hunt: HuntId, reply: Callable[[Sequence[Record]], None]) -> None:
        # What was appended must be on its way before the reading is, or it would be missed.
        assert self.writer.records[-1].position == self.journal.tail
        self._reads.append((hunt, reply))
        if not self.is_reading_held:
            self.dispatcher.call_soon(self._answer_reads)

    def _since_seeding(self, hunt: HuntId) -> list[Record]:
        records = [record for record in self.writer.records if record.hunt == hunt]
        starts = [i for i, record in enumerate(records) if isinstance(record.event, HuntSeeded)]
        return records[starts[-1] :]

    def _tell_leaderboards(self, records: Sequence[Record]) -> None:
        for hunt, entry in self.directory.hunts.items():
            some = tuple(record for record in records if record.hunt == hunt)
            if some and entry.leaderboard is not None:
                entry.leaderboard.tell(CommittedRecords(some))

    # People ---------------------------------------------------------------------------------

    def seed(self, plan: HuntPlan) -> None:
        """Put a plan in force as a game master's `seed` would."""
        record = self.journal.draft(plan.hunt, self.dispatcher.now(), HuntSeeded(plan))
        self.supervisor.replace_hunt(record, self.journal.append)
        self.journal.flush()

    def join(self, team: TeamId = OTTERS, name: str = "Ada", hunt: HuntId = HUNT) -> Device:
        """A device that took part."""
        device = Device()
        self.directory.hunts[hunt].teams[team].tell(Join(device, JoinTeam(name)))
        self.run()
        assert isinstance(device.welcomes[-1], Joined), device.welcomes
        return device

    def tell(
        self,
        device: Device,
        command: PlayerCommand | Malformed,
        team: TeamId = OTTERS,
        n: int | None = None,
    ) -> int:
        """Send a player's request without letting anybody handle it yet; its number."""
        number = device.next_n() if n is None else n
        self.entry.teams[team].tell(Request(device, number, command))
        return number

    def ask(
        self,
        device: Device,
        command: PlayerCommand | Malformed,
        team: TeamId = OTTERS,
        n: int | None = None,
    ) -> Answer:
        """Send a player's request; its answer."""
        self.tell(device, command, team, n)
        self.run()
        return device.last

    def order(
        self,
        command: GameMasterCommand,
        hunt: HuntId | None = HUNT,
        n: int | None = None,
        by: Device | None = None,
    ) -> Answer:
        """Send a game master's command through the console; its answer."""
        device = by or self.game_master
        number = device.next_n() if n is None else n
        self.console.tell(Request(device, number, HuntScoped(hunt, command)))
        self.run()
        return device.last

    def console_applied(self, device: Device) -> int:
        """How far a game master's welcome would say that the session got."""
        return self.recovery.console.of(device.session)

    def start(self) -> None:
        """Start the hunt."""
        assert isinstance(self.order(StartHunt()), Accepted)

    # What there is --------------------------------------------------------------------------

    @property
    def entry(self) -> HuntDirectory:
        return self.directory.hunts[HUNT]

    def team(self, team: TeamId = OTTERS) -> TeamState:
        return actor(self.entry.teams[team]).state  # type: ignore[no-any-return]

    def location(self, location: LocationId) -> LocationState:
        return actor(self.entry.locations[location]).state  # type: ignore[no-any-return]

    def hunt(self) -> HuntState:
        assert self.entry.hunt is not None
        return actor(self.entry.hunt).state  # type: ignore[no-any-return]

    def rows(self, public: bool = True) -> tuple[LeaderboardRow, ...]:
        assert self.entry.leaderboard is not None
        board = actor(self.entry.leaderboard).board
        return board.rows(public)  # type: ignore[no-any-return]

    def events(self, *kinds: type[Any]) -> list[AnyEvent]:
        """The journal's events, or those of some kinds, in order."""
        found = [record.event for record in self.writer.records]
        return [event for event in found if isinstance(event, kinds)] if kinds else found


def actor(ref: Ref) -> Any:
    """The actor behind a reference: its dispatcher is ours, so nothing runs meanwhile."""
    return mailbox_of(ref).owner


def replace_actor(rig: Rig, old: Ref, start: Callable[[], Ref]) -> Ref:
    """Put another actor where `old` was, so that a test can give it a state of its choice."""
    new = start()
    rig.entry.repoint(old, new)
    old.stop(block=False)
    rig.run()
    return new


def folded(records: Sequence[Record]) -> Recovery:
    """What a server would recover from a journal."""
    recovery = Recovery()
    for record in records:
        recovery.take(record)
    return recovery


def given_history(rig: Rig) -> Device:
    """Ada of the otters, in a running hunt in which she did this and that."""
    ada = rig.join()
    rig.join(TERNS, "Bob")
    rig.start()
    rig.ask(ada, code("wrong"))
    rig.ask(ada, BuyHint(PIER, 0))
    rig.ask(ada, code("lumen"))
    rig.order(AdjustPoints(OTTERS, 7))
    return ada


def poison_team(rig: Rig) -> None:
    """Make the otters' actor fail."""
    rig.entry.teams[OTTERS].tell(POISON)
    rig.run()
