"""What the integration tests share: a file for the database of one server."""

from pathlib import Path

import pytest


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "cairn.db"
