"""docs/monitoring: alert rules and dashboard ask for metrics that there are."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.readiness import UNREADY_AGE_S, UNREADY_LOOP_LAG_S
from tests.server.rig import ServerRig
from tests.server.test_metrics import metrics_of, samples

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "monitoring"
ALERTS = FOLDER / "alerts.yml"

PROMETHEUS_OWN = {"up"}
"""What Prometheus says of every server that it reads."""

WORDS = {"by", "and", "or", "on", "unless", "le", "instance"}


def rules() -> dict[str, dict[str, Any]]:
    """The alerts by their names."""
    document = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))
    return {rule["alert"]: rule for group in document["groups"] for rule in group["rules"]}


def dashboard() -> dict[str, Any]:
    board: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
    return board


def expressions() -> Iterator[str]:
    """Whatever is asked of Prometheus."""
    yield from (rule["expr"] for rule in rules().values())
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def selectors(expression: str) -> list[tuple[str, dict[str, str]]]:
    """The metrics that an expression names, each with the labels that it asks for."""
    bare = re.sub(r"\[[^]]*\]", "", expression)
    bare = re.sub(r"\bby \([^)]*\)", "", bare)
    found = re.findall(r"\b([a-z_:][a-z0-9_:]*)\b(?!\s*\()(?:\{([^}]*)\})?", bare)
    asked = []
    for name, labels in found:
        if name in WORDS or f"{name}=" in expression or f'"{name}' in expression:
            continue  # A word of the language, a label, or one of its values.
        pairs = re.findall(r'(\w+)=~?"([^"]*)"', labels)
        asked.append((name, {key: text for key, text in pairs if not text.startswith("$")}))
    return asked


@pytest.fixture(scope="module")
def series() -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    with ServerRig() as server:
        for name, labels in samples(metrics_of(server)):
            found.setdefault(name, []).append(dict(labels))
    return found


def unknown(expression: str, series: dict[str, list[dict[str, str]]]) -> list[str]:
    """What of an expression no server ever says."""
    wrong = []
    for name, labels in selectors(expression):
        if name in PROMETHEUS_OWN:
            continue
        for key, text in labels.items():
            there = {one.get(key) for one in series.get(name, ())}
            wrong += [f"{name}{{{key}={one}}}" for one in text.split("|") if one not in there]
        if name not in series:
            wrong.append(name)
    return wrong


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_whatever_is_asked_for_is_there(
    expression: str, series: dict[str, list[dict[str, str]]]
) -> None:
    assert selectors(expression)
    assert unknown(expression, series) == []


@pytest.mark.parametrize(
    "expression",
    [
        "cairn_redy == 0",
        'rate(cairn_answers_total{reason="bussy"}[1m]) > 0',
        "histogram_quantile(0.99, sum by (le) (rate(cairn_saved_lag_seconds_buckets[1m]))) > 1",
        'sum by (kind) (rate(cairn_requests_total{instance=~"$instance", kind="clame"}[5m]))',
        'rate(cairn_answers_total{reason=~"wrong_code|wrong_anser"}[1m])',
    ],
)
def test_what_is_not_there_is_found_out(
    expression: str, series: dict[str, list[dict[str, str]]]
) -> None:
    assert unknown(expression, series)


def test_alerts_turn_with_readiness() -> None:
    age, lag = rules()["CairnDiskStalls"]["expr"], rules()["CairnLoopLate"]["expr"]
    assert age == f"cairn_journal_queue_age_seconds > {UNREADY_AGE_S:g}"
    assert lag == f"cairn_loop_lag_seconds > {UNREADY_LOOP_LAG_S:g}"
    assert rules()["CairnNotReady"]["expr"] == "cairn_ready == 0"
    assert "for" not in rules()["CairnNotReady"], "half a minute is all the time there is"


def test_every_alert_says_how_bad_it_is_and_what_it_means() -> None:
    for name, rule in rules().items():
        assert rule["labels"]["severity"] in ("critical", "warning", "info"), name
        assert rule["annotations"].keys() == {"summary", "description"}, name


def test_the_dashboard_fits_its_grid_and_takes_any_data_source() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
        assert panel["datasource"]["uid"] == "${datasource}"


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "alerts.yml"),
        ("check", "config", "prometheus.yml"),
        ("test", "rules", "alerts_test.yml"),
    ],
    ids=" ".join,
)
def test_prometheus_itself_takes_them(arguments: tuple[str, ...]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed; it is part of the package prometheus")
    outcome = subprocess.run(
        [promtool, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_prometheus_itself_reads_the_page() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed; it is part of the package prometheus")
    with ServerRig() as server:
        page = metrics_of(server).render()
    outcome = subprocess.run(
        [promtool, "check", "metrics"], input=page, capture_output=True, check=False
    )
    assert outcome.returncode == 0, (outcome.stdout + outcome.stderr).decode()
