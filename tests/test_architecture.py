"""The import rules: the listing is the architecture, and this keeps it true."""

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("actors", "server", "scripts", "tests")

Rule = Callable[[str, str], str | None]
"""`rule(importer, imported)`: why this import is not allowed, or None. Both are dotted names."""

DOMAIN_MAY = sys.stdlib_module_names | {"msgspec"}

IMPURE = frozenset(
    {"asyncio", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets"}
    | {"select", "selectors", "shutil", "signal", "socket", "sqlite3", "subprocess", "tempfile"}
    | {"threading", "time", "urllib"}
)
"""Standard modules that bring a clock, chance, threads or I/O. (`datetime` is needed to read
dates; the rules' tests replay with given times, which shows that nobody calls `now`.)"""

ACTORS_MAY_NOT = ("server", "scripts", "asyncio", "websockets", "sqlite_utils", "msgpack")

USERS = {
    "websockets": (
        "server.connection",
        "server.frame_protocol",
        "server.frame_reader",
        "server.handshake",
        "server.pages",
        "server.client_line",
        "scripts",
    ),
    "sqlite_utils": ("server.migrations",),
    "msgpack": ("server.protocol", "server.records"),
    "prometheus_client": ("server.metrics",),
    "matplotlib": ("scripts.bench_plot",),
    "server.app": ("server.__main__",),
    "scripts": ("scripts",),
}
"""Outside the tests, only these may import the module."""


def is_within(name: str, parent: str) -> bool:
    """Whether a dotted name is the parent or something in it."""
    return name == parent or name.startswith(parent + ".")


def domain_is_pure(importer: str, imported: str) -> str | None:
    top = imported.partition(".")[0]
    if not is_within(importer, "actors.domain") or is_within(imported, "actors.domain"):
        return None
    if top not in DOMAIN_MAY:
        return "the domain imports only the standard library, msgspec and itself"
    if top in IMPURE:
        return "the domain has no clock, no chance, no threads and no I/O"
    return None


def actors_know_no_server(importer: str, imported: str) -> str | None:
    if not is_within(importer, "actors"):
        return None
    if any(is_within(imported, name) for name in ACTORS_MAY_NOT):
        return f"actors import none of {', '.join(ACTORS_MAY_NOT)}"
    return None


def each_library_has_its_users(importer: str, imported: str) -> str | None:
    for library, users in USERS.items():
        is_used = is_within(imported, library) and not is_within(importer, "tests")
        if is_used and not any(is_within(importer, user) for user in users):
            return f"only {', '.join(users)} and the tests may import {library}"
    return None


def the_session_does_no_io(importer: str, imported: str) -> str | None:
    if importer == "server.session" and is_within(imported, "asyncio"):
        return "the session is sans-I/O"
    return None


def nobody_imports_tests(importer: str, imported: str) -> str | None:
    if is_within(imported, "tests") and not is_within(importer, "tests"):
        return "only tests import tests"
    return None


RULES: tuple[Rule, ...] = (
    domain_is_pure,
    actors_know_no_server,
    each_library_has_its_users,
    the_session_does_no_io,
    nobody_imports_tests,
)


def module_name(path: Path) -> str:
    """The dotted name of a file, given relative to the root."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, source: str) -> Iterator[tuple[int, str]]:
    """Every name that a file imports, with its line, under `if TYPE_CHECKING` and inside
    functions too. `from server import app` gives `server.app`: it may be the module."""
    package = module_name(path) if path.name == "__init__.py" else module_name(path.parent)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            steps_up = package.split(".")[: len(package.split(".")) - (node.level - 1)]
            base = ".".join([*(steps_up if node.level else []), *filter(None, [node.module])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def violations(path: Path, source: str) -> list[str]:
    """What is not allowed in this file (relative to the root), in words."""
    importer = module_name(path)
    return [
        f"{path}:{line}: imports {imported}, but {why}"
        for line, imported in imports(path, source)
        for rule in RULES
        if (why := rule(importer, imported)) is not None
    ]


def test_every_import_keeps_the_rules() -> None:
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    assert len(files) > 50  # Else this looked in the wrong place.
    found = [
        violation
        for file in sorted(files)
        for violation in violations(file.relative_to(ROOT), file.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("actors/domain/team.py", "import pykka"),
        ("actors/domain/team.py", "import actors.messages"),
        ("actors/domain/team.py", "from actors import journal"),
        ("actors/domain/team.py", "from ..journal import Journal"),
        ("actors/domain/team.py", "import time"),
        ("actors/domain/team.py", "from random import choice"),
        ("actors/domain/team.py", "from os import path"),
        ("actors/team.py", "import asyncio"),
        ("actors/team.py", "from server.hub import Hub"),
        ("actors/team.py", "from server import hub"),
        ("actors/team.py", "import websockets.frames"),
        ("actors/team.py", "import sqlite_utils"),
        ("actors/team.py", "import msgpack"),
        ("actors/simulation/world.py", "from asyncio import sleep"),
        ("actors/team.py", "def late() -> None:\n    import server"),
        ("actors/team.py", "if TYPE_CHECKING:\n    from server.desk import Desk"),
        ("server/hub.py", "from websockets.frames import Frame"),
        ("server/session.py", "import websockets"),
        ("server/app.py", "import sqlite_utils"),
        ("server/hub.py", "from sqlite_utils.db import Table"),
        ("scripts/bench.py", "import sqlite_utils"),
        ("server/session.py", "import msgpack"),
        ("server/session.py", "from prometheus_client import Counter"),
        ("scripts/bots.py", "from msgpack import packb"),
        ("server/session.py", "import asyncio"),
        ("server/session.py", "from asyncio import Task"),
        ("server/gateway.py", "from server.app import App"),
        ("server/gateway.py", "from server import app"),
        ("server/gateway.py", "from .app import App"),
        ("server/gateway.py", "from . import app"),
        ("scripts/bench.py", "import server.app"),
        ("server/hub.py", "from scripts.seed import main"),
        ("actors/hunt.py", "import scripts"),
        ("scripts/bots.py", "from tests.domain.given import team"),
    ],
)
def test_an_import_against_the_rules_is_found(file: str, source: str) -> None:
    assert violations(Path(file), source)


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("actors/domain/team.py", "import re\nfrom msgspec import Struct"),
        ("actors/domain/team.py", "from actors.domain import plan\nfrom .events import Record"),
        ("actors/team.py", "import pykka\nfrom actors.domain.team import decide\nimport time"),
        ("server/handshake.py", "import asyncio\nfrom websockets.server import ServerProtocol"),
        ("server/client_line.py", "from websockets.asyncio.client import connect"),
        ("server/migrations.py", "import sqlite_utils"),
        ("server/protocol.py", "import msgpack"),
        ("server/__main__.py", "from server.app import App"),
        ("server/hub.py", "from server.app_words import TEXT"),
        ("scripts/demo.py", "from websockets.sync.client import connect\nimport scripts.seed"),
        ("tests/server/test_app.py", "import msgpack, sqlite_utils\nfrom server.app import App"),
    ],
)
def test_an_import_within_the_rules_passes(file: str, source: str) -> None:
    assert violations(Path(file), source) == []
