"""Pictures of a benchmark's figures, drawn with matplotlib, which only `--plot` needs."""

import argparse
import shlex
import sys
import tempfile
from math import ceil, log10
from pathlib import Path
from typing import Any

from scripts.bench_children import ROOT
from scripts.bench_panels import Bars, Curve, Picture

OURS, OTHERS, TARGET, ALARM, INK, FAINT = (
    "#0072B2",
    "#A6A6A6",
    "#D55E00",
    "#D55E00",
    "#222222",
    "#DDDDDD",
)
"""Colours that the colour-blind tell apart; Cairn is always the blue one."""

WIDTH_IN, DOTS_PER_IN = 8.0, 150
"""A picture is 1,200 pixels wide."""

BAR_IN, BARS_HEAD_IN, CURVE_IN, HEAD_IN = 0.27, 0.85, 1.9, 0.75
"""Inches that a bar, the rest of its panel, a curve, and a picture's title and foot take."""

COLUMNS = 3
"""Curves beside each other."""

ROOM = 1.22
"""Of a bar's axis by its longest bar: the values are written at the ends."""

ROOM_LOG = 4.0
"""The same where the axis counts in powers of ten."""

FOOT_CHARS = 175
"""Characters of a line at the foot."""

PALETTE = 256
"""Colours of a PNG, those of letters' edges included."""

ENDINGS = (".png", ".svg")

STYLE = {
    "font.family": "DejaVu Sans",  # Comes with matplotlib, so pictures look the same everywhere.
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.hashsalt": "cairn",
}


def add_plot_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--plot`."""
    parser.add_argument(
        "--plot",
        type=plot_file,
        metavar="FILE",
        help="also draw the figures into this .png or .svg (needs matplotlib: "
        "requirements-plot.txt)",
    )


def plot_file(text: str) -> Path:
    """Read `--plot`, and see to it that nothing but the drawing itself can fail afterwards.

    Raises:
        argparse.ArgumentTypeError: there is no matplotlib, or the file cannot be written.
    """
    file = Path(text)
    if file.suffix.lower() not in ENDINGS:
        raise argparse.ArgumentTypeError(f"expected a file that ends in .png or .svg, not {text}")
    if file.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a folder")
    try:
        with tempfile.TemporaryFile(dir=file.parent):
            pass  # Where something can be made, the picture can.
    except OSError as error:
        raise argparse.ArgumentTypeError(
            f"{text} cannot be written: {error.strerror}: {file.parent}"
        ) from None
    try:
        import matplotlib.figure  # noqa: F401, PLC0415 - Without it everything but this works.
    except ImportError:
        raise argparse.ArgumentTypeError(
            f"drawing needs matplotlib, which is not installed here. Install it: {install_command()}"
        ) from None
    return file


def install_command() -> str:
    """The one command that installs what drawing needs, for this interpreter."""
    command = (sys.executable, "-m", "pip", "install", "--require-hashes")
    needed = _near(ROOT / "requirements-plot.txt")
    return shlex.join([_near(Path(command[0])), *command[1:], "--requirement", needed])


def _near(path: Path) -> str:
    """A path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def write(picture: Picture, file: Path) -> None:
    """Draw into the file, or leave it as it was.

    Raises:
        OSError: it cannot be written.
    """
    from matplotlib import rc_context  # noqa: PLC0415 - An optional library.

    partial = file.with_name(f".{file.stem}.partial{file.suffix}")
    date = {"Date": None} if file.suffix.lower() == ".svg" else {"Software": None}
    try:
        with rc_context(STYLE):
            figure(picture).savefig(partial, dpi=DOTS_PER_IN, metadata=date)
        if file.suffix.lower() == ".png":
            _shrink(partial)
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _shrink(file: Path) -> None:
    """Keep the few colours that a picture has: a third of the bytes, for the same to the eye."""
    from PIL import Image  # noqa: PLC0415 - Comes with matplotlib.

    with Image.open(file) as drawn:
        few = drawn.convert("RGB").quantize(PALETTE, dither=Image.Dither.NONE)
    few.save(file, optimize=True)


def figure(picture: Picture) -> Any:
    """The picture as a figure of matplotlib: axes in the order of its panels."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - An optional library.

    drawn = Figure(figsize=(WIDTH_IN, _height_in(picture)), layout="constrained")
    grid = drawn.add_gridspec(**_grid(picture))
    columns = _columns(picture)
    for index, panel in enumerate(picture.panels):
        axes = drawn.add_subplot(grid[index // columns, index % columns])
        if isinstance(panel, Bars):
            _draw_bars(axes, panel)
        else:
            _draw_curve(axes, panel)
    drawn.suptitle(picture.title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    drawn.supxlabel(_folded(picture.small_print), x=0.01, ha="left", fontsize=6, color="#666666")
    return drawn


def _columns(picture: Picture) -> int:
    curves = sum(isinstance(panel, Curve) for panel in picture.panels)
    return min(COLUMNS, curves) or 1


def _heights_in(picture: Picture) -> list[float]:
    """Inches of each row of panels."""
    columns = _columns(picture)
    each = [
        BARS_HEAD_IN + BAR_IN * len(panel.bars) if isinstance(panel, Bars) else CURVE_IN
        for panel in picture.panels
    ]
    rows = ceil(len(each) / columns)
    return [max(each[row * columns : (row + 1) * columns]) for row in range(rows)]


def _height_in(picture: Picture) -> float:
    return HEAD_IN + sum(_heights_in(picture))


def _grid(picture: Picture) -> dict[str, Any]:
    heights = _heights_in(picture)
    return {"nrows": len(heights), "ncols": _columns(picture), "height_ratios": heights}


def _draw_bars(axes: Any, panel: Bars) -> None:
    places = range(len(panel.bars))
    values = [bar.value for bar in panel.bars]
    colours = [OURS if bar.is_ours else OTHERS for bar in panel.bars]
    if panel.is_log:
        axes.set_xscale("log")
        axes.minorticks_off()
    axes.barh(places, values, color=colours, height=0.66)
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    for place, value in zip(places, values, strict=True):
        text, at = format(value, panel.form), (value, place)
        axes.annotate(text, at, (5, 0), textcoords="offset points", va="center", bbox=behind)
    axes.set_yticks(places, [bar.label for bar in panel.bars])
    axes.tick_params(length=0)
    for tick, bar in zip(axes.get_yticklabels(), panel.bars, strict=True):
        tick.set_fontweight("bold" if bar.is_ours else "normal")
    axes.invert_yaxis()
    axes.grid(axis="x")
    axes.set_title(panel.title, loc="left")
    axes.set_xlabel(f"{panel.unit} (powers of ten)" if panel.is_log else panel.unit)
    axes.set_xlim(*_limits(panel))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    if panel.line is not None:
        axes.axvline(panel.line.value, color=TARGET, linestyle="--", linewidth=1.4, zorder=2)
        axes.set_title(f"- - {panel.line.text}", loc="right", color=TARGET, fontsize=8)


def _limits(panel: Bars) -> tuple[float, float]:
    """Where a panel's axis begins and ends."""
    values = [bar.value for bar in panel.bars] + ([panel.line.value] if panel.line else [])
    longest = max(values, default=0.0) or 1.0
    if not panel.is_log:
        return 0.0, ROOM * longest
    shortest = min(value for value in values if value > 0)
    return 10.0 ** (ceil(log10(shortest)) - 1), ROOM_LOG * longest


def _draw_curve(axes: Any, panel: Curve) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.grid(which="major")
    if panel.fit:
        colour = ALARM if panel.is_alarm else OTHERS
        axes.plot(*zip(*panel.fit, strict=True), color=colour, linestyle="--", linewidth=1.4)
    if panel.points:
        axes.plot(*zip(*panel.points, strict=True), "o-", color=OURS, markersize=3.5, linewidth=1.2)
        values = [value for _, value in panel.points]
        axes.set_ylim(min(values) / 3, max(values) * 3)  # Noise is not blown up to a trend.
        for at in {panel.points[0]: "left", panel.points[-1]: "right"}.items():
            _write_value(axes, *at)
    axes.tick_params(which="both", length=2, labelsize=7)
    axes.minorticks_off()
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    axes.set_title(f"{panel.title}\n{panel.verdict}", loc="left", fontsize=8)
    axes.set_xlabel(panel.across, fontsize=7)
    axes.set_ylabel(panel.unit, fontsize=7)


def _write_value(axes: Any, at: tuple[float, float], side: str) -> None:
    """Write a point's value above it: the axis has few numbers."""
    text = f"{at[1]:,.3g}" if at[1] < 1_000 else f"{at[1]:,.0f}"
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8}
    place: dict[str, Any] = {"textcoords": "offset points", "ha": side, "fontsize": 7}
    axes.annotate(text, at, (0, 6), bbox=behind, **place)


def _folded(text: str) -> str:
    """A long line as several: a picture cannot be scrolled."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= FOOT_CHARS:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)
