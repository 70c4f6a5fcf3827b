"""A load test from its first phone to its last look: carries the plan out, and counts."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from scripts.loadtest_books import Books, TeamBook, journal_of
from scripts.loadtest_line import Target
from scripts.loadtest_machine import Meter, descriptors_max, open_descriptors
from scripts.loadtest_master import Health, Master
from scripts.loadtest_phone import Phone, World
from scripts.loadtest_plan import MASTER, Phase, Shape, Step, document, steps
from scripts.loadtest_strain import Machine, worst
from scripts.loadtest_tally import Tally, figures
from scripts.loadtest_verdict import Measured

LOOK_S = 1.0
"""Seconds between two looks at the machines."""

TICK_S = 0.02
"""Seconds between two looks at whether everything is settled; nobody waits for it but us."""

LOOKS_PER_S = 500
"""Teams a second that come back at the end to be compared: no rush, it is not measured."""

STEPS_AT_ONCE = 200
"""Steps that are late together before answers are read again: reading them late would look like a
slow server."""

Show = Callable[[Phase, float, Machine], None]
"""Told where the test is: the phase, the seconds since its start, the load machine."""


class Setting(Struct):
    """Where and how a test is run."""

    server: str
    token: str
    hunt: str
    target: Target
    shape: Shape
    patience_s: float
    """Seconds that answers, and their `saved`, may take after the last step."""
    server_pid: int | None = None
    """The server's process, when it is ours."""


class LoadTest:
    """One run."""

    def __init__(self, setting: Setting, tally: Tally, show: Show) -> None:
        self._setting = setting
        self._tally = tally
        self._show_to = show
        self._health: list[Health] = []
        self._phones: list[Phone] = []
        self._team_books: list[TeamBook] = []
        self._books = Books()
        self._load = Meter()
        self._server = Meter(setting.server_pid) if setting.server_pid is not None else None
        self._descriptors = 0
        self._phase = Phase.SEED
        self._started_at = 0.0
        self.is_cleared_up = False
        self.stop = asyncio.Event()
        """Set to end early."""

    async def run(self) -> Measured:
        """Prepare, play, settle, compare, clear up; what was measured.

        Raises:
            CannotConnect: the server is not there, or does not know the token.
            NotPrepared: it does not take the hunt.
        """
        setting = self._setting
        showing = asyncio.create_task(self._keep_showing())
        try:
            async with Master(
                setting.server, setting.token, setting.hunt, self._health.append
            ) as master:
                try:
                    await self._play(master)
                    await self._settle()
                    await self._compare()
                finally:
                    for phone in self._phones:
                        phone.leave()
                    self._enter(Phase.OVER)
                    self.is_cleared_up = await master.clear_up()
        finally:
            showing.cancel()
            await asyncio.wait([showing])
        return self._measured(master)

    # Playing --------------------------------------------------------------------------------

    async def _play(self, master: Master) -> None:
        setting, loop = self._setting, asyncio.get_running_loop()
        codes = await master.seed(document(setting.hunt, setting.shape))
        world = World(setting.target, self._tally, loop, {}, set())
        self._team_books = [TeamBook() for _ in codes]
        for index in range(setting.shape.players):
            team = setting.shape.team_of(index)
            self._phones.append(Phone(index, codes[team], self._team_books[team], world))
        self._started_at = time.monotonic()
        for number, step in enumerate(steps(setting.shape)):
            due = self._started_at + step.at
            late_s = time.monotonic() - due
            if late_s < 0 or number % STEPS_AT_ONCE == 0:
                await self._until(due)
                late_s = time.monotonic() - due
            if self.stop.is_set():
                return
            self._tally.was_late(max(0.0, late_s), due + late_s)
            if (phase := setting.shape.phase(step.at)) is not self._phase:
                self._enter(phase)
            self._carry_out(step, due, master, world)

    async def _until(self, due: float) -> None:
        """Wait until `due`, or until somebody stops the test; at least for a turn of the loop."""
        wait_s = due - time.monotonic()
        while wait_s > 0 and not self.stop.is_set():
            await asyncio.sleep(min(wait_s, LOOK_S))
            wait_s = due - time.monotonic()
        await asyncio.sleep(0)

    def _carry_out(self, step: Step, due: float, master: Master, world: World) -> None:
        if step.phone == MASTER:
            world.announced[master.announcements + 1] = due
            master.announce()
        else:
            self._phones[step.phone].act(step, due)

    # Afterwards -----------------------------------------------------------------------------

    async def _settle(self) -> None:
        """Wait for what is open: connections, answers, `saved`."""
        self._enter(Phase.SETTLE)
        await self._wait_for(lambda: not any(_is_open(phone) for phone in self._phones))

    async def _compare(self) -> None:
        """Let one phone of each team come back, and see whether everything is as it was told."""
        self._enter(Phase.CHECK)
        for one in self._phones:
            one.close_book()
        teams = [self._looker(team) for team in range(self._setting.shape.teams)]
        lookers = [phone for phone in teams if phone is not None]
        if not self._started_at or self.stop.is_set():
            return
        for number, looker in enumerate(lookers):
            looker.look()
            if number % LOOKS_PER_S == LOOKS_PER_S - 1:
                await asyncio.sleep(1.0)
        await self._wait_for(lambda: all(one.team is not None for one in lookers))
        for team, phone in enumerate(teams):
            view = phone.team if phone is not None else None
            self._books.compare(f"Team {team + 1}", self._team_books[team], view)

    def _looker(self, team: int) -> Phone | None:
        """A phone of the team that is connected; None when there is none."""
        size = self._setting.shape.team_size
        members: Sequence[Phone] = self._phones[team * size : (team + 1) * size]
        return next((phone for phone in members if phone.is_in), None)

    async def _wait_for(self, is_done: Callable[[], bool]) -> None:
        until = time.monotonic() + self._setting.patience_s
        while (  # noqa: ASYNC110 - Thousands of phones, and nothing is measured meanwhile.
            not is_done() and time.monotonic() < until and not self.stop.is_set()
        ):
            await asyncio.sleep(TICK_S)

    # Looking --------------------------------------------------------------------------------

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        self._show()

    async def _keep_showing(self) -> None:
        while True:
            self._load.look()
            if self._server is not None:
                self._server.look()
            self._descriptors = max(self._descriptors, open_descriptors())
            self._show()
            await asyncio.sleep(LOOK_S)

    def _show(self) -> None:
        now = asyncio.get_running_loop().time()
        at = now - self._started_at if self._started_at else 0.0
        late = self._tally.recent_late.figures(now)
        self._show_to(self._phase, at, Machine(self._load.latest, late.p99_s))

    def _measured(self, master: Master) -> Measured:
        tally, phones = self._tally, self._phones
        requests = [took for what in tally.asked for took in tally.answer_s.get(what, ())]
        return Measured(
            players=self._setting.shape.players,
            joined=tally.joined,
            answers={str(kind): figures(took) for kind, took in tally.answer_s.items()},
            requests=figures(requests),
            saved=figures(tally.saved_s),
            heard=figures(tally.heard_s),
            accepted=_plain(tally.accepted),
            refused=_plain(tally.refused),
            closed=_plain(tally.closed),
            not_in=_plain(tally.not_in),
            gone=_plain(tally.gone),
            announced=master.announcements,
            unanswered=sum(phone.unanswered for phone in phones),
            unsaved=sum(phone.unsaved for phone in phones),
            drops=tally.drops,
            resumes=tally.resumes,
            positions=tally.positions,
            books=self._books,
            health=worst(self._health),
            machine=self._machine(),
            is_interrupted=self.stop.is_set(),
        )

    def _machine(self) -> Machine:
        late, server = figures(self._tally.late_s), self._server
        return Machine(
            load_busy=self._load.busiest,
            late_p99_s=late.p99_s,
            late_max_s=late.max_s,
            descriptors=self._descriptors,
            descriptors_max=descriptors_max(),
            server_busy=server.busiest if server is not None else None,
            server_busy_average=server.busy if server is not None else None,
            server_memory_bytes=server.memory_bytes if server is not None else None,
        )


def with_journal(measured: Measured, db: Path) -> Measured:
    """The same, compared with the database of a server of ours that has ended."""
    books = measured.books
    books.journal = journal_of(db)
    lost_answers = measured.unanswered + measured.refused.get("already_applied", 0)
    books.compare_journal(measured.accepted, lost_answers)
    return measured


def _is_open(phone: Phone) -> bool:
    """Whether something of the phone is still on its way."""
    return not phone.is_gone and bool(not phone.is_in or phone.unanswered or phone.unsaved)


def _plain(counter: Counter[str]) -> dict[str, int]:
    return {str(key): count for key, count in counter.items()}
