"""The shedding ladder at work: which steps are shed now, why, and who says so.

Whoever gives something up looks here: sessions (positions, joins), the hub (how often what is
shown), the journal (claims). What drives the automatic steps is how far the queue for the disk is
filled and how late the loop is; a game master may overrule each step. Nothing of it is journaled:
after a restart every step is automatic again.
"""

import logging
from collections import deque
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from actors.admission import QUEUE_LIMITS, QueueLimits
from actors.dispatch import Dispatcher
from actors.journal import Journal
from actors.ladder import LADDER, Mode, Rung, Shed, Step, climbed

logger = logging.getLogger("cairn.shedding")

LAG_LOOK_S = 0.25
"""Seconds between two looks at how late the loop is."""

LAG_LOOKS = 4
"""Looks that must all find the loop late before it counts, for as long as the least of them: one
long callback is no overload."""

LAG_LIMIT_S = 2.0
"""Seconds of lag that count like a full queue for the disk: `positions` are shed from 0.2 s,
`joins` from 1.4 s. A healthy loop is late by a turn at most, about 40 ms."""

LAG_STRAIN_MAX = 0.99
"""The most that a late loop counts: it never makes claims `busy`, since a refused claim costs the
loop as much as an accepted one, and comes again."""


class ShedPolicy(Struct, frozen=True):
    """What a server sheds when; the defaults are those of production."""

    limits: QueueLimits = QUEUE_LIMITS
    ladder: tuple[Rung, ...] = LADDER


SHED_POLICY = ShedPolicy()
"""That of every server but those that tests make impatient."""


class Why(StrEnum):
    """Why a step is shed."""

    NOT = ""
    """It is not."""
    GAME_MASTER = "game_master"
    """A game master said so."""
    JOURNAL = "journal"
    """Too much waits for the disk, or for too long."""
    LAG = "lag"
    """The loop is late: there is more to do than the processor can."""


class StepView(Struct, frozen=True):
    """One step of the ladder, for the console and `/healthz`."""

    step: Step
    mode: Mode
    active: bool
    """Whether it is shed now."""
    why: Why


class LagMeter:
    """How late a regular look comes: as late as everything else on the loop."""

    def __init__(self) -> None:
        self._lags_s: deque[float] = deque(maxlen=LAG_LOOKS)

    def note(self, lag_s: float) -> None:
        """A look came `lag_s` seconds after it was due."""
        self._lags_s.append(max(0.0, lag_s))

    @property
    def lag_s(self) -> float:
        """Seconds by which the loop has been late all the time lately."""
        return min(self._lags_s) if len(self._lags_s) == LAG_LOOKS else 0.0

    @property
    def strain(self) -> float:
        """The lag as part of what the server can stand."""
        return min(self.lag_s / LAG_LIMIT_S, LAG_STRAIN_MAX)


class Shedding:
    """The switches of the ladder. Lives in the dispatcher's thread."""

    def __init__(
        self, journal: Journal, dispatcher: Dispatcher, ladder: Sequence[Rung] = LADDER
    ) -> None:
        self._journal = journal
        self._dispatcher = dispatcher
        self._ladder = ladder
        self._by_journal = 0
        self._by_lag = 0
        self.lag = LagMeter()
        self.modes = dict.fromkeys(Step, Mode.AUTO)
        self.active: frozenset[Step] = frozenset()
        """The steps that are shed now."""
        journal.on_pressure = self.decide

    def start(self) -> None:
        """Measure the loop's lag from now on."""
        due = self._dispatcher.monotonic() + LAG_LOOK_S
        self._dispatcher.call_later(LAG_LOOK_S, lambda: self._look(due))

    def _look(self, due: float) -> None:
        self.lag.note(self._dispatcher.monotonic() - due)
        self.decide()
        self.start()

    def switch(self, command: Shed) -> None:
        """A game master decides about a step, or leaves it to Cairn again."""
        self.modes[command.step] = command.mode
        if command.step is Step.CLAIMS:
            self._journal.overrule(
                is_shut=command.mode is Mode.ON, counts_age=command.mode is not Mode.OFF
            )
        logger.warning("a game master switched shedding of %s: %s", command.step, command.mode)
        self.decide()

    def decide(self) -> None:
        """Shed what has to be shed by now, and nothing else."""
        fill = self._journal.limits.fill(self._journal.backlog)
        self._by_journal = climbed(self._ladder, self._by_journal, fill)
        self._by_lag = climbed(self._ladder, self._by_lag, self.lag.strain)
        active = frozenset(step for step in Step if self.why(step) is not Why.NOT)
        if active != self.active:
            self._log(active)
            self.active = active

    def why(self, step: Step) -> Why:
        """Why a step has to be shed now, or `NOT`."""
        mode = self.modes[step]
        if step is Step.CLAIMS and mode is not Mode.ON:
            return Why.JOURNAL if self._journal.is_full else Why.NOT
        if mode is not Mode.AUTO:
            return Why.GAME_MASTER if mode is Mode.ON else Why.NOT
        if self._is_on(step, self._by_journal):
            return Why.JOURNAL
        return Why.LAG if self._is_on(step, self._by_lag) else Why.NOT

    def _is_on(self, step: Step, rungs: int) -> bool:
        return any(rung.step is step for rung in self._ladder[:rungs])

    def view(self) -> tuple[StepView, ...]:
        """Every step, what is shed first coming first."""
        return tuple(
            StepView(step, self.modes[step], step in self.active, self.why(step)) for step in Step
        )

    def _log(self, active: frozenset[Step]) -> None:
        for step in Step:
            if step in active and step not in self.active:
                logger.warning("shedding %s: %s", step, self.why(step))
            elif step in self.active and step not in active:
                logger.warning("no longer shedding %s", step)
