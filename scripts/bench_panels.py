"""What a benchmark's picture shows, as plain values; `bench_plot.py` draws it."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

LOG_RANGE = 30.0
"""How many times the smallest bar the largest may be before the axis counts in powers of ten."""

OURS = ("cairn", "actor", "recovered")
"""How the names of Cairn's own rows begin."""


class Line(Struct, frozen=True):
    """A target, drawn across the bars: where it is, and what it says."""

    value: float
    text: str


class Bar(Struct, frozen=True):
    """One measured figure with its name."""

    label: str
    value: float
    is_ours: bool = False


class Bars(Struct, frozen=True):
    """Figures beside each other; the first is on top."""

    title: str
    unit: str
    bars: tuple[Bar, ...]
    form: str = ",.1f"
    """How a value is written at its bar's end."""
    line: Line | None = None
    """The target; None: there is none."""

    @property
    def is_log(self) -> bool:
        """Whether the axis counts in powers of ten, so that the small ones can be seen."""
        values = [bar.value for bar in self.bars if bar.value > 0]
        return bool(values) and max(values) > LOG_RANGE * min(values)


class Curve(Struct, frozen=True):
    """How a figure grows; both axes count in powers of ten."""

    title: str
    across: str
    """What grows, with its unit."""
    unit: str
    points: tuple[tuple[float, float], ...]
    fit: tuple[tuple[float, float], ...] = ()
    """Points of the line that was laid through them."""
    verdict: str = ""
    """What the growth is called, in a few words."""
    is_alarm: bool = False
    """Whether that is bad news."""


Panel = Bars | Curve


class Picture(Struct, frozen=True):
    """One picture."""

    title: str
    panels: tuple[Panel, ...]
    small_print: str = ""
    """Below everything: which machine the figures come from."""


def bars(
    rows: Iterable[dict[str, Any]],
    key: str,
    title: str,
    unit: str,
    form: str = ",.1f",
    label: str = "what",
    line: Line | None = None,
) -> Bars:
    """A bar for each row that has the figure, named by its `label`."""
    shown = tuple(
        Bar(str(row[label]), float(row[key]), _is_ours(str(row[label])))
        for row in rows
        if row.get(key) is not None
    )
    return Bars(title, unit, shown, form, line)


def share_of(
    rows: Sequence[dict[str, Any]], key: str, at: int, factor: float, text: str
) -> Line | None:
    """A target that is so many times another row's figure; None where that was not measured."""
    value = rows[at].get(key) if at < len(rows) else None
    return None if value is None else Line(factor * value, text)


def _is_ours(label: str) -> bool:
    return label.lower().startswith(OURS)


def small_print(machine: dict[str, Any], is_quick: bool) -> str:
    """Which machine the figures come from, for the foot of a picture."""
    shown = (
        f"Python {machine['python']}, {machine['system']}, server on core {machine['server_core']}, "
        f"load from core {machine['load_core']}, load average {machine['load_average']}"
    )
    return f"{shown}; --quick, which shows only that it works" if is_quick else shown
