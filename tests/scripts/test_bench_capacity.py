import argparse
import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from scripts import bench_capacity_scene
from scripts.bench import EXIT_DONE, EXIT_LOST, EXIT_WRONG, main, parser
from scripts.bench_capacity import FIGURES, TOO_FAST, Figure, capacity, row, summary
from scripts.bench_capacity_growth import (
    CONSTANT,
    LESS,
    LINEAR,
    UNKNOWN,
    WORSE,
    growth,
    verdict,
)
from scripts.bench_capacity_price import (
    CONNECTIONS_MAX,
    MACHINES,
    Behaviour,
    Costs,
    first_to_give_way,
    holds,
    machines,
    player_us_per_h,
)
from scripts.bench_capacity_report import panels, tables
from scripts.bench_capacity_scene import Bench, Point, on_a_server, places_for
from scripts.bench_capacity_sweeps import SWEEPS
from scripts.bench_children import cores, on_core
from scripts.load import OFFSET
from scripts.load_generator import program
from server.config import SETTINGS

SIZES = (100.0, 300.0, 1_000.0, 3_000.0, 10_000.0)

COSTS = Costs(
    claim_us=400.0,
    position_us=50.0,
    phone_us=10.0,
    idle_us_per_s=0.5,
    base_mib=40.0,
    player_kib=4.0,
    phones_per_s=20_000.0,
    claims_per_s=10_000.0,
)

BEHAVIOUR = Behaviour(
    claims_per_h=40.0,
    positions_per_h=720.0,
    announcements_per_h=12.0,
    headroom=3.0,
    price=0.04,
    memory_gib=2.0,
)


# Growth -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exponent", "called"),
    [(0.0, CONSTANT), (0.5, LESS), (1.0, LINEAR), (1.5, WORSE), (2.0, WORSE), (-0.5, CONSTANT)],
)
def test_growth_is_told_by_its_exponent(exponent: float, called: str) -> None:
    found = growth([(x, 3 * x**exponent) for x in SIZES])
    assert found.exponent == pytest.approx(exponent)
    assert found.verdict == called
    assert found.line[-1][0] == pytest.approx(10_000)
    assert found.line[-1][1] == pytest.approx(3 * 10_000.0**exponent)


@pytest.mark.parametrize(
    ("exponent", "called"), [(0.15, CONSTANT), (0.16, LESS), (0.86, LINEAR), (1.16, WORSE)]
)
def test_the_slack_for_noise_is_fifteen_hundredths(exponent: float, called: str) -> None:
    assert verdict(exponent) == called


def test_what_an_empty_server_takes_does_not_hide_growth() -> None:
    points = [(x, 40.0 + x**1.5 / 1e5) for x in SIZES]
    assert growth(points).verdict != WORSE
    found = growth(points, fixed=40.0)
    assert found.exponent == pytest.approx(1.5)
    assert found.line[0][1] == pytest.approx(40.0 + 1_000**1.5 / 1e5)


def test_small_sizes_do_not_hide_growth_either() -> None:
    found = growth([(10, 50.0), (100, 50.0), (1_000, 50.0), (10_000, 500.0), (100_000, 5_000.0)])
    assert found.exponent == pytest.approx(1.0)


@pytest.mark.parametrize("points", [[], [(1, 1.0)], [(1, 1.0), (10, 100.0)], [(5, 1.0)] * 4])
def test_two_points_are_no_trend(points: list[tuple[float, float]]) -> None:
    found = growth(points)
    assert (found.exponent, found.verdict) == (None, UNKNOWN)
    assert not found.exceeds(CONSTANT)


@pytest.mark.parametrize(
    ("exponent", "most", "exceeds"),
    [(0.0, CONSTANT, False), (0.5, CONSTANT, True), (1.0, LINEAR, False), (1.5, LINEAR, True)],
)
def test_growth_exceeds_what_it_should_be_at_most(
    exponent: float, most: str, exceeds: bool
) -> None:
    assert growth([(x, x**exponent) for x in SIZES]).exceeds(most) is exceeds


# Capacity and price -------------------------------------------------------------------------


def test_a_players_hour_is_the_sum_of_what_it_does() -> None:
    assert player_us_per_h(COSTS, BEHAVIOUR) == 40 * 400 + 720 * 50 + 12 * 10 + 3_600 * 0.5


def test_each_resource_holds_so_many_players_and_the_scarcest_gives_way_first() -> None:
    limits = holds(COSTS, BEHAVIOUR)
    assert limits == {
        "processor": int(3_600e6 / 3 / 53_920),
        "connections": 15_000,
        "memory": int((2_048 - 40) * 1_024 / 4),
        "announcement": 20_000,
        "rush": 20_000,
    }
    assert first_to_give_way(limits) == ("connections", 15_000)
    assert first_to_give_way(limits | {"rush": 9}) == ("rush", 9)


def test_what_costs_nothing_holds_players_without_end() -> None:
    free = Costs(0.0, 0.0, 0.0, 0.0, 40.0, 0.0, 1.0, 1.0)
    limits = holds(free, BEHAVIOUR)
    assert limits["memory"] > 1_000_000
    assert limits["processor"] > 1_000_000


def test_more_cores_without_more_servers_only_cost_more() -> None:
    one, idle, full, *_ = machines(COSTS, BEHAVIOUR)
    assert (idle["players"], idle["price_per_h"]) == (one["players"], 4 * one["price_per_h"])
    assert full["players"] == 4 * one["players"]
    assert full["in_one_hunt"] == one["in_one_hunt"] == 15_000
    assert full["per_1000_h"] == pytest.approx(one["per_1000_h"]) == pytest.approx(0.04 / 15)
    assert len(machines(COSTS, BEHAVIOUR)) == len(MACHINES)


def test_the_connections_are_those_of_a_server_without_settings() -> None:
    (setting,) = [one for one in SETTINGS if one.flag == "--connections-max"]
    assert int(setting.default) == CONNECTIONS_MAX


def points() -> dict[str, list[Point]]:
    """What a run might have measured."""
    players = [
        {"x": x, "cpu_us": 300 + x / 100, "p99_ms": 1.0, "mib": 40 + x / 250}
        | {"position_us": 50.0, "idle_share": 0.5e-6 * x}
        for x in SIZES
    ]
    phones = [{"x": x, "announce_ms": x / 100, "last_ms": x / 50} for x in SIZES]
    rate = [{"x": x, "cpu_us": 200.0, "cpu_share": x / 5e3, "p99_ms": x / 50} for x in SIZES]
    return {"players": players, "phones": phones, "rate": rate}


def test_costs_are_taken_where_they_are_dearest_and_rates_while_answers_are_quick() -> None:
    found = capacity(points(), {"mib": 38.0}, BEHAVIOUR)
    assert found is not None
    assert found["costs"] == {
        "claim_us": 400.0,
        "position_us": 50.0,
        "phone_us": 10.0,
        "idle_us_per_s": pytest.approx(0.5),
        "base_mib": 38.0,
        "player_kib": pytest.approx(1_024 / 250),
        "phones_per_s": 50_000.0,
        "claims_per_s": 1_000.0,
    }
    assert (found["first_to_give_way"], found["players"]) == ("rush", 2_000)


@pytest.mark.parametrize("missing", ["players", "phones", "rate"])
def test_without_all_that_a_player_takes_nothing_is_said_of_capacity(missing: str) -> None:
    some = {name: one for name, one in points().items() if name != missing}
    assert capacity(some, {"mib": 38.0}, BEHAVIOUR) is None
    assert tables({"capacity": None}) == []


# The report ---------------------------------------------------------------------------------


def options(*arguments: str) -> argparse.Namespace:
    return parser().parse_args(["capacity", *arguments])


def test_what_grows_faster_than_it_should_is_told() -> None:
    figure = Figure("phones", "announce_ms", "CPU", "ms")
    found = row(figure, points()["phones"], {})
    assert (found["verdict"], found["remark"]) == (LINEAR, TOO_FAST)
    assert (found["from_x"], found["first"], found["to_x"], found["last"]) == (100, 1, 10_000, 100)
    result = summary(options(), {"mib": 38.0}, points(), [])
    assert "Nothing grows faster" in result["correct"]["text"]
    slow = points()
    for one in slow["players"]:
        one["cpu_us"] = one["x"]
    told = summary(options(), {"mib": 38.0}, slow, [])["correct"]
    assert told["is_correct"]
    assert "CPU of a claim against players (should be constant)" in told["text"]


def test_what_was_lost_is_told() -> None:
    told = summary(options(), {"mib": 38.0}, points(), ["9 claims were refused"])["correct"]
    assert not told["is_correct"]
    assert told["text"].startswith("9 claims were refused")


def test_there_is_a_panel_for_each_curve_and_an_alarm_where_it_is_due() -> None:
    slow = points()
    for one in slow["phones"]:
        one["last_ms"] = one["x"] ** 2
    result = summary(options(), {"mib": 38.0}, slow, [])
    shown = panels(result)
    assert len(shown) == len(result["rows"]) == 7
    assert [one.title for one in shown if one.is_alarm] == ["Last phone has it"]
    assert shown[0].points == tuple((x, 300 + x / 100) for x in SIZES)
    assert "worse than linear (e = 2.00)" in [one.verdict for one in shown]
    assumed, limits, kinds = tables(result)
    assert "40 requests" in str(assumed)
    assert (limits.row_count, kinds.row_count) == (5, len(MACHINES))  # type: ignore[union-attr]


def test_every_figure_is_of_a_sweep() -> None:
    assert {one.sweep for one in FIGURES} == SWEEPS.keys()
    assert len({(one.sweep, one.key) for one in FIGURES}) == len(FIGURES)


# Players ------------------------------------------------------------------------------------


def test_no_two_players_of_a_team_claim_the_same_location() -> None:
    sizes = [(100, 25), (300, 75), (1_000, 250), (10_000, 2_500)]
    parts = (600, 1_000, 1_000, 1_000)
    places = places_for(sizes, sum(parts))
    for players, teams in sizes:
        sent, claimed = Counter[int](), set()
        for part in parts:
            for number in range(part):  # Each part begins with the first player, as the load does.
                player = number % players
                sent[player] += 1
                claimed.add((player % teams, (sent[player] + player * OFFSET) % places))
        assert len(claimed) == sum(parts)


@pytest.mark.slow
def test_a_scene_tells_what_a_claim_costs_and_what_is_not_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: list[str] = []
    bench = Bench(program("auto", tmp_path), tmp_path, 200, 0.5, 0.1, 1, faults)
    with on_core(cores()[1]), on_a_server(bench, 20, 5, places_for([(20, 5)], 200)) as one:
        cost = one.claims(0.0)
        assert 5 < cost["cpu_us"] < 20_000
        assert 0 < cost["cpu_share"] < 1
        assert cost["p99_ms"] > 0
        assert one.mib > 10
        assert 1 < one.position_us(0.0) < 20_000
    assert faults == []
    monkeypatch.setattr(bench_capacity_scene, "_finds", lambda _db: 1)
    with on_core(cores()[1]), on_a_server(bench, 20, 5, places_for([(20, 5)], 200)) as one:
        one.claims(0.0)
    assert 100 < one.accepted <= bench.claims
    assert faults == [f"{one.accepted} claims accepted, 1 in the database"]


# The command --------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", SWEEPS)
def test_every_sweep_measures_all_its_figures_at_every_size(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--quick", "--json", "--only", name, "--folder", str(tmp_path))
    code = main(["capacity", *arguments])
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert code == EXIT_DONE, result["correct"]
    figures = [one.key for one in FIGURES if one.sweep == name]
    assert [one["key"] for one in result["rows"]] == figures
    for one in result["rows"]:
        assert len(one["curve"]) == len(SWEEPS[name].quick)
        assert all(x > 0 and value > 0 for x, value in one["curve"])
        assert one["verdict"] == UNKNOWN
    assert list(result["points"]) == [name]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_find_that_is_missing_in_the_database_is_told_by_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    count = bench_capacity_scene._finds

    def lose_one(db: Path) -> int:
        with closing(sqlite3.connect(db)) as connection, connection:
            connection.execute("DELETE FROM events WHERE kind = 'location_found' AND n = 1")
        return count(db)

    monkeypatch.setattr(bench_capacity_scene, "_finds", lose_one)
    code = main(["capacity", "--quick", "--only", "rate", "--folder", str(tmp_path)])
    assert code == EXIT_LOST
    assert "in the database" in capsys.readouterr().out


def test_curves_are_measured_in_the_order_of_the_report_and_once() -> None:
    assert options("--only", "rate,players,rate").only == ("players", "rate")
    assert options().only == tuple(SWEEPS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--only", "weather"],
        ["--only", ""],
        ["--price", "0"],
        ["--claims", "-1"],
        ["--headroom", "much"],
        ["--rate", "0"],
    ],
)
def test_a_wrong_command_line_is_explained(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        options(*arguments)
    assert caught.value.code == EXIT_WRONG
    assert "expected" in capsys.readouterr().err
