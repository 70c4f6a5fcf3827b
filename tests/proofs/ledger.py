"""What a proof found, for the table that `scripts/prove.py` prints."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins


class Outcome(Struct):
    """One line of the table."""

    name: str
    """Short and unique, with the number of the claim in the list of tests: ``T1 kill -9``."""
    claim: str
    """What is promised, in a sentence."""
    tries: int = 0
    """How often it was tried; what one try is stands in the claim or the figure."""
    violations: int = 0
    figure: str = ""
    """What was measured, with units."""
    bite: str = ""
    """The planted fault that the same check was seen to find in this very run."""
    seconds: float = 0.0
    is_skipped: bool = False
    """Something that it needs cannot be had here; `figure` says what."""


class Proof:
    """Collects one claim's outcome while its test runs.

    A test reports its violations with `expect`, so that all of them are counted; the fixture
    fails the test at the end when there was any.
    """

    def __init__(self, is_long: bool, say: Callable[[str], None]) -> None:
        self.is_long = is_long
        self._say = say
        self._started = time.monotonic()
        self.outcome = Outcome("", "")
        self.found: list[str] = []
        """Every violation, in words."""

    def claims(self, name: str, claim: str) -> None:
        """Say what is to be shown; call it first."""
        self.outcome.name, self.outcome.claim = name, claim

    def size(self, ci: int, long: int) -> int:
        """How much to try: the size for every change, or that of a recorded run."""
        return long if self.is_long else ci

    def tried(self, count: int = 1) -> None:
        """One try more."""
        self.outcome.tries += count

    def progress(self, text: str) -> None:
        """Say how far it is, for the progress display."""
        self._say(text)

    def expect(self, holds: bool, violation: str) -> None:
        """Count a violation, unless it holds."""
        if not holds:
            self.outcome.violations += 1
            self.found.append(violation)

    def figure(self, text: str) -> None:
        """What was measured, with units."""
        self.outcome.figure = text

    def bites(self, fault: str, was_found: bool) -> None:
        """The same check was run on a planted fault, and must have found it."""
        self.outcome.bite = fault
        self.expect(was_found, f"the planted fault was not found: {fault}")

    def skipped(self, why: str) -> None:
        """It cannot be tried on this machine."""
        self.outcome.is_skipped, self.outcome.figure = True, why

    def finish(self, ledger: Path | None) -> None:
        """Write the line."""
        self.outcome.seconds = round(time.monotonic() - self._started, 1)
        if ledger is not None:
            line: dict[str, Any] = to_builtins(self.outcome)
            with ledger.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"kind": "outcome", **line}) + "\n")
