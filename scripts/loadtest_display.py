"""The live display of a load test."""

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from scripts.loadtest_plan import Phase, Shape
from scripts.loadtest_strain import Machine
from scripts.loadtest_tally import RECENT_S, Tally

REFRESH_S = 0.5
"""Seconds between two pictures."""


class Display:
    """What stands on the terminal while the test runs; one line for each phase elsewhere."""

    def __init__(self, console: Console, shape: Shape, tally: Tally, target: str) -> None:
        self._console = console
        self._shape = shape
        self._tally = tally
        self._target = target
        self._live: Live | None = None
        self._told: Phase | None = None

    def __enter__(self) -> "Display":
        if self._console.is_terminal:
            self._live = Live(console=self._console, transient=True, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, phase: Phase, at: float, now: float, machine: Machine) -> None:
        """Show where it is, `at` seconds from the start; `now` is the loop's time."""
        if self._live is not None:
            self._live.update(self.picture(phase, at, now, machine), refresh=True)
        elif phase is not self._told:
            self._told = phase
            self._console.print(f"{phase} …", highlight=False)

    def picture(self, phase: Phase, at: float, now: float, machine: Machine) -> RenderableType:
        """One picture."""
        tally, shape = self._tally, self._shape
        answers, saved = tally.recent_answers.figures(now), tally.recent_saved.figures(now)
        claims = tally.recent_claims.figures(now).count
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        table.add_row("connections", f"{tally.open:,} of {shape.players:,}")
        table.add_row("claims", f"{claims / RECENT_S:,.0f} a second")
        table.add_row("answers", f"p50 {_ms(answers.p50_s)}, p99 {_ms(answers.p99_s)}")
        table.add_row("saved after", f"p50 {_ms(saved.p50_s)}, p99 {_ms(saved.p99_s)}")
        trouble = sum(tally.closed.values()) + sum(tally.not_in.values())
        table.add_row("refused, lost", f"{tally.refused.total():,}, {trouble:,}")
        late = f"late by {_ms(machine.late_p99_s)}, {machine.load_busy:.0%} of a core"
        table.add_row("this machine", late)
        head = Text(f"{self._target}: {phase}", style="bold")
        bar = ProgressBar(total=max(shape.seconds, 0.1), completed=min(at, shape.seconds), width=48)
        return Group(head, bar, table)


def _ms(seconds: float) -> str:
    return f"{1_000 * seconds:,.1f} ms"
