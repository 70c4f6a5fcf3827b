"""The hunt's own clock: running time only, so that a pause costs nobody anything."""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from actors.domain.events import (
    AnyEvent,
    HuntExtended,
    HuntFinished,
    HuntPaused,
    HuntResumed,
    HuntSeeded,
    HuntStarted,
)


class Phase(StrEnum):
    """How far a hunt is."""

    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"


class HuntClock(Struct, frozen=True):
    """When the hunt ran. Hunt time is seconds of running time since the start."""

    phase: Phase = Phase.DRAFT
    started_at: float | None = None
    """UTC seconds of the start; None before it."""
    ran_s: float = 0.0
    """Running seconds before `since`, or in all when the clock stands still."""
    since: float | None = None
    """UTC seconds since when the clock runs; None when it stands still."""
    spans: tuple[tuple[float, float], ...] = ()
    """UTC start and end of each earlier stretch of running, in order."""
    duration_s: float | None = None
    """Running seconds that the hunt has in all, extensions included; None: no limit."""

    def elapsed_s(self, now: float) -> float:
        """Hunt time at a moment in UTC seconds, now or earlier."""
        if self.since is not None and now >= self.since:
            return self.ran_s + (now - self.since)
        if not self.spans or now >= self.spans[-1][1]:
            return self.ran_s
        return self._elapsed_in_spans_s(now)

    def _elapsed_in_spans_s(self, now: float) -> float:
        elapsed_s = 0.0
        for start, end in self.spans:
            if now <= start:
                break
            elapsed_s += min(end, now) - start
        return elapsed_s

    def ends_at(self) -> float | None:
        """UTC seconds when the running time is up; None unless running and limited."""
        if self.since is None or self.duration_s is None:
            return None
        return self.since + (self.duration_s - self.ran_s)

    def after(self, event: AnyEvent, at: float) -> "HuntClock":
        """The clock after an event at `at` (UTC seconds); itself when it is not concerned."""
        match event, self.phase:
            case HuntStarted(), Phase.DRAFT:
                return HuntClock(Phase.RUNNING, at, 0.0, at, (), self.duration_s)
            case HuntResumed(), Phase.PAUSED:
                # A clock that was set back must not run the same second twice.
                since = max(at, self.spans[-1][1]) if self.spans else at
                return replace(self, phase=Phase.RUNNING, since=since)
            case HuntPaused(), Phase.RUNNING:
                return self._stopped(Phase.PAUSED, at)
            case HuntFinished(), Phase.RUNNING | Phase.PAUSED:
                return self._stopped(Phase.FINISHED, at)
            case HuntExtended(seconds=seconds), _ if self.duration_s is not None:
                return replace(self, duration_s=self.duration_s + seconds)
            case HuntSeeded(plan=plan), _:
                return HuntClock(duration_s=plan.duration_s)
            case _:
                return self

    def _stopped(self, phase: Phase, at: float) -> "HuntClock":
        if self.since is None:
            return replace(self, phase=phase)
        end = max(at, self.since)
        ran_s = self.ran_s + (end - self.since)
        spans = (*self.spans, (self.since, end))
        return replace(self, phase=phase, ran_s=ran_s, since=None, spans=spans)
