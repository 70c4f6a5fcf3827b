"""The ladder of what is shed when there is too much to do: what first, what last. Pure."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct

from actors.admission import LEAVE_FRACTION


class Step(StrEnum):
    """What can be shed, in the order in which it is."""

    POSITIONS = "positions"
    """Game masters are shown where phones are at a tenth of the rate."""
    MAP = "map"
    """Positions are neither taken nor shown."""
    LEADERBOARD = "leaderboard"
    """Leaderboards are shown at a slower rate."""
    JOINS = "joins"
    """Nobody new can join with a code; sessions resume all the same."""
    CLAIMS = "claims"
    """Whatever players ask is answered `busy`; their phones keep it."""


class Mode(StrEnum):
    """Who decides whether a step is shed."""

    AUTO = "auto"
    """Cairn, by how much there is to do."""
    ON = "on"
    """The game master: shed."""
    OFF = "off"
    """The game master: not shed."""


class Shed(Struct, frozen=True):
    """A game master sets a step's mode. Concerns the server, not a hunt; never journaled."""

    step: Step
    mode: Mode


class Rung(NamedTuple):
    """A step, and the strain from which it is shed."""

    step: Step
    from_strain: float
    """Part of what the server can stand: 1 is where claims are answered `busy`."""


LADDER_STRAIN = (0.1, 0.2, 0.4, 0.7)
"""Parts of the hard limits of the journal's queue from which `positions`, `map`, `leaderboard` and
`joins` are shed: with a stuck disk after 3, 6, 12 and 21 s. Each comes at about twice the strain
of the one before, so that shedding it has time to help. `claims` follow at the limit itself."""

LADDER = tuple(
    Rung(step, strain)
    for step, strain in zip(
        (Step.POSITIONS, Step.MAP, Step.LEADERBOARD, Step.JOINS), LADDER_STRAIN, strict=True
    )
)
"""The rungs below `claims`, which the journal itself decides."""


def climbed(ladder: Sequence[Rung], before: int, strain: float) -> int:
    """How many rungs are shed under this strain, when `before` were until now.

    Always the first so many: nothing is shed while something before it is not.
    """
    reached = before
    while reached < len(ladder) and strain >= ladder[reached].from_strain:
        reached += 1
    while reached and strain < LEAVE_FRACTION * ladder[reached - 1].from_strain:
        reached -= 1
    return reached
