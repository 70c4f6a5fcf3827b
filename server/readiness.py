"""Whether players will soon notice that something is wrong: for `/readyz` and alerts.

What counts is what comes before they notice it. A disk that is stuck costs nobody anything for
half a minute; here it shows after two seconds.
"""

from collections.abc import Iterator
from enum import StrEnum

from actors.admission import Level
from actors.journal import Journal
from server.shedding import Shedding

UNREADY_AGE_S = 2.0
"""Seconds that the oldest record has waited for the disk: no healthy disk takes that long, and
nothing is shed before 3 s."""

UNREADY_LOOP_LAG_S = 0.1
"""Seconds of lag of the loop, all the time for a second: a healthy one is late by 40 ms at most,
and people notice an answer that is late by about twice this."""


class Unready(StrEnum):
    """Why the server is not ready."""

    STORAGE_FAILED = "storage_failed"
    """Nothing can be saved any more; the server is about to end."""
    STOPPING = "stopping"
    """The server was told to stop."""
    REFUSING = "refusing"
    """Players are answered `busy` already, for whatever reason."""
    JOURNAL_AGE = "journal_age"
    """The oldest record has waited `UNREADY_AGE_S` for the disk."""
    JOURNAL_LEVEL = "journal_level"
    """What waits for the disk has reached a soft limit."""
    LOOP_LAG = "loop_lag"
    """The loop is late by `UNREADY_LOOP_LAG_S`."""


def unready(journal: Journal, shedding: Shedding, failure: str | None) -> Iterator[Unready]:
    """Every reason that holds now. `failure` says why storage is lost for good, if it is."""
    if failure is not None:
        yield Unready.STORAGE_FAILED
    if journal.is_closed:
        yield Unready.STOPPING
    elif journal.is_full:
        yield Unready.REFUSING
    if journal.backlog.age_s >= UNREADY_AGE_S:
        yield Unready.JOURNAL_AGE
    if journal.level is not Level.OPEN:
        yield Unready.JOURNAL_LEVEL
    if shedding.lag.lag_s >= UNREADY_LOOP_LAG_S:
        yield Unready.LOOP_LAG
