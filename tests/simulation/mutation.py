"""A planted bug: how it is put into the real code, taken out again, and looked for."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from server.simulation.run import simulate
from tests.markdown import ROOT

SEEDS_MAX = 60
"""Seeds within which any planted bug must be found."""


class Patches:
    """Replaced attributes of classes and modules, to be put back."""

    def __init__(self) -> None:
        self._replaced: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, new: Any) -> None:
        """Let `owner` have something else under that name."""
        self._replaced.append((owner, name, vars(owner)[name]))
        setattr(owner, name, new)

    def undo(self) -> None:
        """Put everything back, last first."""
        while self._replaced:
            owner, name, old = self._replaced.pop()
            setattr(owner, name, old)


@dataclass(frozen=True)
class Found:
    """What the simulation said of a planted bug."""

    seeds: int
    """How many seeds it took, from "mutation 0" on."""
    invariants: tuple[str, ...]
    """Those reported broken by that seed, first come first."""
    text: str
    """The first violation in words."""


@dataclass(frozen=True)
class Mutation:
    """A planted bug."""

    name: str
    breaks: str
    """What is broken, in a sentence."""
    found_within: int
    """Seeds within which it must be found: what was measured, with some reserve."""
    by: tuple[str, ...]
    """The invariants that were seen to report it, the usual one first."""
    plant: Callable[[Patches], None]
    shows_in_traces: bool = False
    """Whether only the same seed under other hashes of Python's shows it (I11)."""

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The code has the bug inside the `with`, and is as it was after it."""
        patches = Patches()
        try:
            self.plant(patches)
            yield
        finally:
            patches.undo()


def seed_of(number: int) -> str:
    """The fixed list of seeds on which planted bugs are looked for."""
    return f"mutation {number}"


def find(mutation: Mutation, most: int | None = None) -> Found | None:
    """Play seed after seed with the bug in place, until one is found wanting."""
    for number in range(most or mutation.found_within):
        with mutation.planted():
            try:
                violations = simulate(seed_of(number)).violations
            except Exception as error:  # noqa: BLE001 - a run that fails has found it, too.
                return Found(number + 1, (type(error).__name__,), str(error)[:200])
        if violations:
            invariants = tuple(dict.fromkeys(one.invariant for one in violations))
            return Found(number + 1, invariants, violations[0].text)
    return None


def find_by_hashes(mutation: Mutation) -> Found | None:
    """Play the same seeds in two processes whose sets have different orders, and compare."""
    first, second = (_traces(mutation, hash_seed) for hash_seed in ("1", "2"))
    for number, (one, other) in enumerate(zip(first, second, strict=True)):
        if one != other:
            return Found(number + 1, ("I11",), f"{one} is not {other}")
    return None


def _traces(mutation: Mutation, hash_seed: str) -> list[str]:
    program = (
        "from server.simulation.run import simulate\n"
        "from tests.simulation.mutation import seed_of\n"
        "from tests.simulation.mutations import MUTATIONS\n"
        f"with next(one for one in MUTATIONS if one.name == {mutation.name!r}).planted():\n"
        f"    for number in range({mutation.found_within}):\n"
        "        print(simulate(seed_of(number)).trace)\n"
    )
    return printed_under(hash_seed, program).split()


def printed_under(hash_seed: str, program: str) -> str:
    """What a program prints in a process in which sets have another order."""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()
