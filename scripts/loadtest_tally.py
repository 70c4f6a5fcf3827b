"""What the phones of a load test count while they play. Times are seconds."""

from array import array
from collections import Counter, defaultdict, deque
from collections.abc import Iterable

from msgspec import Struct

from scripts.load_figures import percentile

RECENT_S = 5.0
"""Seconds that the live display looks back."""

BACK = "comeback"
"""What the time of a reconnect is called among the answers."""


class Figures(Struct, frozen=True):
    """How long one kind of thing took, in seconds; nothing but 0 when there was none."""

    count: int = 0
    p50_s: float = 0.0
    p99_s: float = 0.0
    max_s: float = 0.0


def figures(values: Iterable[float]) -> Figures:
    """Work the figures of some values out."""
    ordered = sorted(values)
    if not ordered:
        return Figures()
    half, most, all_ = (percentile(ordered, share) or 0.0 for share in (0.5, 0.99, 1.0))
    return Figures(len(ordered), half, most, all_)


class Recent:
    """The newest values, for the display."""

    def __init__(self) -> None:
        self._values: deque[tuple[float, float]] = deque()

    def add(self, now: float, value: float) -> None:
        """One more."""
        self._values.append((now, value))
        self._forget(now)

    def figures(self, now: float) -> Figures:
        """Those of the last `RECENT_S` seconds."""
        self._forget(now)
        return figures(value for _, value in self._values)

    def _forget(self, now: float) -> None:
        while self._values and self._values[0][0] < now - RECENT_S:
            self._values.popleft()


def _floats() -> "array[float]":
    return array("d")  # A list of floats would take four times the memory.


class Tally:
    """Everything that is counted."""

    def __init__(self) -> None:
        self.open = 0
        """Phones that are connected and welcomed now."""
        self.joined = 0
        self.answer_s: defaultdict[str, array[float]] = defaultdict(_floats)
        """By kind of request, from the planned time; joins and comebacks among them."""
        self.saved_s = _floats()
        """From an answer to the `saved` that covers it."""
        self.heard_s = _floats()
        """From the planned time of an announcement to each phone that it reached."""
        self.asked: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        """By reason; a request that was busy more than once counts each time."""
        self.positions = 0
        self.pushes = 0
        self.drops = 0
        """Connections that phones cut themselves."""
        self.resumes = 0
        """Sessions that were gone on with, after whatever loss."""
        self.closed: Counter[str] = Counter()
        """Connections that were lost though no phone had cut them, by close code."""
        self.not_in: Counter[str] = Counter()
        """Tries to connect that failed, by what stood in the way."""
        self.gone: Counter[str] = Counter()
        """Phones that were told not to come back, by close code."""
        self.late_s = _floats()
        """By how much the load generator itself was late with its steps."""
        self.recent_answers, self.recent_saved = Recent(), Recent()
        self.recent_claims, self.recent_late = Recent(), Recent()

    def answered(self, kind: str, took_s: float, now: float) -> None:
        """A request of a phone that had a connection all the while was answered."""
        self.answer_s[kind].append(took_s)
        self.recent_answers.add(now, took_s)

    def welcomed(self, kind: str, took_s: float, now: float) -> None:
        """A phone is in: for the first time, or back."""
        if kind == BACK:
            self.resumes += 1
        else:
            self.joined += 1
        self.answered(kind, took_s, now)

    def outcome(self, kind: str, reason: str | None, now: float) -> None:
        """A request was accepted (`reason` is None) or refused, for good."""
        if reason is None:
            self.accepted[kind] += 1
        else:
            self.refused[reason] += 1
        if kind in ("claim", "wrong code"):
            self.recent_claims.add(now, 0.0)

    def was_late(self, late_s: float, now: float) -> None:
        """The load generator did something so much later than planned."""
        self.late_s.append(late_s)
        self.recent_late.add(now, late_s)

    def saved(self, took_s: float, now: float) -> None:
        """An answer became final."""
        self.saved_s.append(took_s)
        self.recent_saved.add(now, took_s)
