"""Options of the suite."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="proofs at the size of a recorded run")
    parser.addoption("--ledger", default="", help="file that proofs write their outcomes to")
