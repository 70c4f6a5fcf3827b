"""Pictures are looked at as they are: what is in the file, and what is in the figure."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from scripts import bench, bench_gate, bench_report
from scripts.bench import BENCHMARKS, EXIT_DONE, EXIT_FAILED, EXIT_WRONG, main, parser
from scripts.bench_children import ROOT
from scripts.bench_claims import SERVERS
from scripts.bench_command import Benchmark, draw
from scripts.bench_panels import Bar, Bars, Curve, Line, Panel, Picture, bars, small_print
from scripts.bench_plot import OURS, _folded, figure, install_command, plot_file, write

MACHINE = {
    "python": "3.11",
    "system": "Linux",
    "server_core": 0,
    "load_core": 1,
    "load_average": 0.5,
}

BARS = Bars(
    "Claims",
    "claims/s",
    (Bar("Cairn", 30_000.0, True), Bar("echo", 55_600.0), Bar("C echo", 307_000.0)),
    ",.0f",
    Line(60_000.0, "target: 60,000"),
)

CURVE = Curve(
    "Memory", "players", "MiB", ((100, 40.0), (1_000, 44.0)), ((100, 40.0), (1_000, 45.0)), "linear"
)


@pytest.fixture
def drawing() -> None:
    """Skips a test that draws where there is no matplotlib; where CI is set, it fails."""
    try:
        import matplotlib.figure  # noqa: F401, PLC0415 - An optional library.
    except ImportError as reason:
        if os.environ.get("CI"):
            pytest.fail(str(reason))
        pytest.skip(f"{reason}; {install_command()}")


def read(file: Path) -> Any:
    """The picture's pixels: rows of columns of red, green, blue, opacity, each 0 to 1."""
    from matplotlib.image import imread  # noqa: PLC0415

    return imread(file)


# Files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("panels", [(BARS,), (BARS, BARS), (CURVE,), (CURVE,) * 4])
def test_a_picture_is_a_png_of_1200_pixels_with_cairns_blue_and_small(
    panels: Sequence[Panel], tmp_path: Path, drawing: None
) -> None:
    file = tmp_path / "a.png"
    write(Picture("Claims", tuple(panels), "Python 3.11"), file)
    assert file.read_bytes().startswith(b"\x89PNG")
    assert file.stat().st_size < 150_000
    pixels = read(file)
    assert pixels.shape[1] == 1_200
    assert 250 < pixels.shape[0] < 1_000
    blue = [int(OURS[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    is_blue = (abs(pixels[:, :, :3] - blue) < 0.02).all(axis=2)
    assert is_blue.sum() > 50
    assert (pixels[:, :, :3] == 1).all(axis=2).mean() > 0.5
    assert [one.name for one in tmp_path.iterdir()] == ["a.png"]


def test_a_picture_may_be_an_svg_and_is_the_same_each_time(tmp_path: Path, drawing: None) -> None:
    files = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for file in files:
        write(Picture("Claims", (BARS,)), file)
    one, other = (file.read_bytes() for file in files)
    assert b"<svg" in one
    assert one == other


def test_a_picture_that_cannot_be_written_is_told_and_leaves_what_was_there(
    tmp_path: Path, drawing: None, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.png"
    file.mkdir()
    assert not draw(Picture("Claims", (BARS,)), file)
    assert "Not drawn" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [file]


# What is in them ----------------------------------------------------------------------------


def test_every_row_is_a_bar_with_its_value_and_the_target_is_a_line(drawing: None) -> None:
    drawn = figure(Picture("Title", (BARS,), "Python 3.11"))
    (axes,) = drawn.axes
    assert [patch.get_width() for patch in axes.patches] == [30_000, 55_600, 307_000]
    assert [text.get_text() for text in axes.texts] == ["30,000", "55,600", "307,000"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["Cairn", "echo", "C echo"]
    assert axes.yaxis_inverted()
    assert axes.get_xlabel() == "claims/s"
    assert axes.get_xlim()[0] == 0
    (line,) = axes.lines
    assert list(line.get_xdata()) == [60_000, 60_000]
    assert "target: 60,000" in axes.get_title("right")
    assert drawn.get_suptitle() == "Title"
    assert drawn.get_supxlabel() == "Python 3.11"


def test_bars_of_very_different_length_are_on_an_axis_of_powers_of_ten(drawing: None) -> None:
    panel = Bars("p99", "ms", (Bar("Cairn", 1.4, True), Bar("sync", 9_900.0), Bar("none", 0.0)))
    (axes,) = figure(Picture("Title", (panel,))).axes
    assert axes.get_xscale() == "log"
    assert axes.get_xlim()[0] == 1.0
    assert "powers of ten" in axes.get_xlabel()


def test_a_curve_has_log_axes_its_points_its_fit_and_its_verdict(drawing: None) -> None:
    (axes,) = figure(Picture("Title", (CURVE,))).axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    fit, points = axes.lines
    assert list(fit.get_ydata()) == [40, 45]
    assert list(points.get_xdata()) == [100, 1_000]
    assert points.get_color() == OURS
    assert [text.get_text() for text in axes.texts] == ["40", "44"]
    assert axes.get_title("left") == "Memory\nlinear"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("players", "MiB")


def test_nothing_measured_is_drawn_as_nothing(tmp_path: Path, drawing: None) -> None:
    panels = (Bars("Nothing", "ms", ()), Bars("Zero", "ms", (Bar("a", 0.0),)))
    write(Picture("Title", panels), tmp_path / "a.png")
    write(Picture("Title", (Curve("Nothing", "x", "y", ()),)), tmp_path / "b.png")


def test_rows_without_the_figure_have_no_bar_and_cairns_is_known_by_its_name() -> None:
    rows: list[dict[str, Any]] = [
        {"what": "recovered with a snapshot", "mib": 5},
        {"what": "empty", "mib": None},
        {"what": "bare read"},
        {"what": "echo", "mib": 1},
    ]
    shown = bars(rows, "mib", "Memory", "MiB").bars
    assert shown == (Bar("recovered with a snapshot", 5.0, True), Bar("echo", 1.0, False))


def test_the_foot_names_the_machine_in_lines_that_fit() -> None:
    foot = small_print(MACHINE, True)
    assert all(word in foot for word in ("Python 3.11", "load average 0.5", "--quick"))
    assert "--quick" not in small_print(MACHINE, False)
    assert all(len(line) <= 175 for line in _folded("word " * 200).splitlines())


def test_claims_have_a_panel_for_each_phase_and_the_target_with_one_in_flight() -> None:
    figures = {"per_s": 10.0, "p99_ms": 2.0}
    phases: list[dict[str, Any]] = [
        {"phase": name, **dict.fromkeys(SERVERS, figures)}
        for name in ("depth 1", "depth 8", "open loop")
    ]
    one, eight, open_loop = bench_report.panels(phases)
    assert [len(panel.bars) for panel in (one, eight, open_loop)] == [len(SERVERS)] * 3
    assert one.line is not None
    assert one.line.value == 6.0
    assert (eight.line, open_loop.line, open_loop.unit) == (None, None, "ms")


def test_the_gate_shows_how_far_each_ratio_is_from_its_floor() -> None:
    row = {"benchmark": "claims", "what": "a", "limit": 0.5}
    rows = [
        row | {"value": 1.0, "bound": "at least"},
        row | {"value": 0.1, "bound": "at most"},
        row | {"value": None, "bound": "at most"},
        row | {"value": -0.1, "bound": "at most"},
    ]
    (panel,) = bench_gate.panels({"rows": rows})
    assert [bar.value for bar in panel.bars] == [2.0, 5.0]
    assert panel.line is not None
    assert panel.line.value == 1.0


# The command line ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "counts"),
    [
        (("saved-lag", "--quick"), [2, 2]),
        (("connections", "--quick"), [2, 2]),
        (("actors", "--quick"), [2, 2]),
        (("recovery", "--quick", "--events", "3000"), [5, 2]),
        (("fanout", "--quick"), [2, 2]),
        (("story", "--quick"), [2, 2, 2, 2]),
        (("gate", "--quick", "--only", "actors"), [2]),
    ],
)
def test_every_benchmark_draws_what_it_has_measured_beside_its_json(
    command: tuple[str, ...],
    counts: list[int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    drawing: None,
) -> None:
    file = tmp_path / "a.png"
    assert main([*command, "--json", "--plot", str(file)]) == EXIT_DONE
    summary = json.loads(capsys.readouterr().out)
    assert read(file).shape[1] == 1_200
    panels = BENCHMARKS[command[0]].panels(summary)
    drawn = figure(Picture("", tuple(panels)))
    assert [len(axes.patches) for axes in drawn.axes] == counts


@pytest.mark.slow
def test_claims_are_drawn_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], drawing: None
) -> None:
    file = tmp_path / "a.png"
    small = ("--connections", "10", "--seconds", "0.2", "--runs", "1", "--rate", "0")
    assert main(["claims", *small, "--plot", str(file)]) == EXIT_DONE
    assert "nothing lost" in capsys.readouterr().out
    assert read(file).shape[1] == 1_200


def test_every_benchmark_can_be_told_to_draw(tmp_path: Path, drawing: None) -> None:
    file = tmp_path / "a.png"
    for name in ("claims", *BENCHMARKS):
        assert parser().parse_args([name, "--plot", str(file)]).plot == file
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a.jpg", "ends in .png or .svg"),
        ("a", "ends in .png or .svg"),
        ("absent/a.png", "cannot be written: No such file or directory"),
        ("folder.png", "is a folder"),
        ("file/a.png", "cannot be written: Not a directory"),
    ],
)
def test_a_file_that_cannot_be_drawn_into_is_told_before_anything_is_measured(
    name: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as caught:
        main(["gate", "--plot", str(tmp_path / name)])
    assert caught.value.code == EXIT_WRONG
    assert says in capsys.readouterr().err


def test_without_matplotlib_the_command_that_installs_it_is_told_before_anything_is_measured(
    tmp_path: Path,
) -> None:
    (tmp_path / "matplotlib.py").write_text("raise ImportError('there is none')\n")
    program = [sys.executable, str(ROOT / "scripts" / "bench.py"), "claims", "--plot", "a.png"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        program, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == EXIT_WRONG
    said = " ".join(done.stderr.split())
    assert "drawing needs matplotlib, which is not installed here" in said
    assert "--require-hashes --requirement" in said
    assert list(tmp_path.glob("*.png")) == []


def test_the_command_that_installs_it_is_one_that_can_be_typed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(ROOT)
    command = shlex.split(install_command())
    assert command[1:4] == ["-m", "pip", "install"]
    assert command[-1] == "requirements-plot.txt"
    monkeypatch.chdir(tmp_path)
    assert Path(shlex.split(install_command())[-1]) == ROOT / "requirements-plot.txt"


def test_both_lock_files_pin_no_package_twice_and_all_with_hashes() -> None:
    pins = []
    for name in ("requirements.txt", "requirements-plot.txt"):
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        found = [line.split("==")[0] for line in lines if "==" in line and line[0] not in "# "]
        assert len(found) > 5
        pins += found
    assert len(pins) == len(set(pins))


def test_a_picture_that_fails_does_not_cost_the_figures(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    drawing: None,
) -> None:
    def measured(*_: object) -> dict[str, Any]:
        file.mkdir()  # Somebody else takes the name meanwhile.
        correct = {"is_correct": True, "text": "All is well."}
        return {"rows": [], "targets": [], "correct": correct}

    file = tmp_path / "a.png"
    gate = Benchmark(
        "gate", "", "", "", (), lambda _parser: None, measured, lambda _summary: [BARS]
    )
    monkeypatch.setitem(bench.BENCHMARKS, "gate", gate)
    assert main(["gate", "--plot", str(file)]) == EXIT_FAILED
    said = capsys.readouterr()
    assert "All is well." in said.out
    assert "Not drawn" in said.err


def test_a_file_that_is_there_may_be_drawn_over(tmp_path: Path, drawing: None) -> None:
    file = tmp_path / "a.PNG"
    file.write_text("old")
    write(Picture("Title", (BARS,)), plot_file(str(file)))
    assert file.read_bytes().startswith(b"\x89PNG")
