"""Proofs: the promises tried on the real thing, at the size for every change or a long one.

`scripts/prove.py` runs them and prints one table. They are left out of a plain `scripts/test`,
because together they take minutes; `scripts/test -m proof` runs them as ordinary tests.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proofs.ledger import Proof


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "cairn.db"


@pytest.fixture
def proof(request: pytest.FixtureRequest) -> Iterator[Proof]:
    """The outcome of this test; violations that it counted make it fail."""
    option = request.config.getoption("--ledger")
    ledger = Path(option) if option else None

    def say(text: str) -> None:
        if ledger is not None:
            line = {"kind": "progress", "test": request.node.name, "text": text}
            with ledger.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")

    running = Proof(bool(request.config.getoption("--long")), say)
    say("started")
    yield running
    report = getattr(request.node, "call_report", None)
    if report is not None and report.failed:
        running.expect(False, "the test itself failed")
    running.finish(ledger)
    if report is None or not report.failed:
        assert running.outcome.name, "a proof must say what it claims"
        assert running.outcome.tries or running.outcome.is_skipped, "nothing was tried"
        assert running.outcome.bite or running.outcome.is_skipped, "it was not seen to fail"
        assert not running.found, "\n".join(running.found[:20])


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.when == "call":
        item.call_report = report  # type: ignore[attr-defined]
