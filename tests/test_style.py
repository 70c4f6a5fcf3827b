"""House rules that no linter knows: sizes, names, sleeps and mocks in tests, stray paths."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE_FOLDERS = ("actors", "server", "scripts", "tests")

FUNCTION_LINES_MAX = 40
"""Lines of a function without its docstring. `# long: reason` on its def line lifts it."""

FILE_LINES_MAX = 420
"""Lines of a source file."""

LONG_FILES: dict[str, str] = {}
"""Files that may be longer, each with its reason."""

BANNED_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "misc"})
"""Names that say nothing about what is inside."""

SLEEPING_TESTS: dict[str, str] = {
    "tests/integration/test_disk_stall.py": "the load has a pace, in real time",
    "tests/integration/test_monitoring.py": "load and looks have a pace, in real time",
    "tests/integration/test_restart.py": "load must run for a while before the signal",
    "tests/integration/slow_server.py": "it stands for a slow disk",
    "tests/integration/test_kill.py": "load must run for a random while before each kill",
    "tests/proofs/test_shedding.py": "the load and the looks at it have a pace, in real time",
    "tests/integration/phones.py": "the load has a pace",
    "tests/proofs/faulty_server.py": "it stands for a slow disk",
    "tests/proofs/test_kill.py": "load must run for a random while before each kill",
    "tests/proofs/test_disk_trouble.py": "the load has a pace, and goes on for a while",
    "tests/proofs/tracing.py": "strace tells only a file what it did",
    "tests/proofs/servers.py": "a process's memory and health can only be looked at again",
    "tests/proofs/test_crash_storm.py": "the server's file can only be looked at again",
    "tests/pages/test_console_speed.py": "pushes have a pace, in real time",
    "tests/proofs/test_flood.py": "latency is measured for a while",
    "tests/proofs/test_half_open.py": "bytes trickle, in real time",
    "tests/proofs/test_linearisability.py": "the load has a pace, in real time",
    "tests/proofs/test_malformed.py": "latency is measured for a while",
}
"""Tests that may sleep, each with its reason. Waiting for a moment to pass is no way to wait for
something to happen."""

NOT_OURS = frozenset({".git", ".venv", "build", "__pycache__"})

FILE_BYTES_MAX = 1_000_000
"""A text of ours is smaller; anything bigger is data and not read."""

_MACHINE_PATH = re.compile(
    r"(?<![\w.:/-])/(?:work|root|Users|home/\w+|opt/\w+|tmp/\w*venv\w*)(?=[/\s\"'`:,;)]|$)"
)


def code_files() -> list[Path]:
    """Every Python file of the project."""
    return sorted(file for folder in CODE_FOLDERS for file in (ROOT / folder).rglob("*.py"))


def text_files() -> Iterator[tuple[Path, str]]:
    """Every text that belongs to the project, whether it is committed already or not."""
    for file in _project_files():
        if file.is_file() and file.stat().st_size <= FILE_BYTES_MAX:
            try:
                yield file, file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # A picture or the like.


def _project_files() -> list[Path]:
    if (ROOT / ".git").exists() and shutil.which("git") is not None:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        )
        return [ROOT / name for name in listed.stdout.split("\0") if name]
    found = (file for file in ROOT.rglob("*") if not NOT_OURS & set(file.parts))
    return [file for file in found if not any(part.endswith("_cache") for part in file.parts)]


def shown(file: Path) -> str:
    """A file's name for messages and allow-lists."""
    return file.relative_to(ROOT).as_posix()


# Sizes ------------------------------------------------------------------------------------------


def long_functions(source: str) -> list[str]:
    """Functions over the limit that give no reason, as `line: name, how long`."""
    lines = source.splitlines()
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        count = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
        signature = lines[node.lineno - 1 : node.body[0].lineno - 1] or [lines[node.lineno - 1]]
        has_reason = any(re.search(r"# long: \w", line) for line in signature)
        if count > FUNCTION_LINES_MAX and not has_reason:
            found.append(f"{node.lineno}: {node.name}, {count} lines")
    return found


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if ast.get_docstring(node) is None:
        return 0
    return (first.end_lineno or first.lineno) - first.lineno + 1


def test_no_function_is_longer_than_the_limit_without_a_reason() -> None:
    found = [
        f"{shown(file)}:{function}"
        for file in code_files()
        for function in long_functions(file.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


def test_a_function_is_measured_without_its_docstring() -> None:
    lines = FUNCTION_LINES_MAX - 1
    fits = 'def f():\n    """One.\n\n    Two.\n    """\n' + "    pass\n" * lines
    assert long_functions(fits) == []
    assert long_functions(fits + "    pass\n") == ["1: f, 41 lines"]


def test_a_method_in_a_class_and_an_inner_function_are_measured_too() -> None:
    body = "            pass\n" * FUNCTION_LINES_MAX
    source = f"class C:\n    def f(self):\n        async def g():\n{body}"
    assert len(long_functions(source)) == 2


def test_a_reason_on_the_def_line_lifts_the_limit() -> None:
    body = "    pass\n" * FUNCTION_LINES_MAX
    assert long_functions("def f():  # long: one branch per message\n" + body) == []
    assert long_functions("def f(\n    a,\n):  # long: one branch per message\n" + body) == []
    assert long_functions("def f():  # long:\n" + body)


def test_no_file_is_longer_than_the_limit_without_a_reason() -> None:
    counts = {shown(file): len(file.read_bytes().splitlines()) for file in code_files()}
    long_files = {name for name, count in counts.items() if count > FILE_LINES_MAX}
    assert long_files - set(LONG_FILES) == set()
    # A file that became short, or was renamed, needs no excuse any more.
    assert set(LONG_FILES) - long_files == set()


# Names ------------------------------------------------------------------------------------------


def test_every_file_is_named_after_what_is_inside() -> None:
    assert [shown(file) for file in code_files() if file.stem in BANNED_NAMES] == []


# Tests ------------------------------------------------------------------------------------------


def sleeps(source: str) -> list[int]:
    """Lines that call something named `sleep`, but for `sleep(0)`, which only lets others run."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) or getattr(node.func, "attr", None)) == "sleep"
        and not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    ]


def mocks(source: str) -> list[int]:
    """Lines that import a mock library."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        if any(re.match(r"(unittest\.mock|mock|pytest_mock)(\.|$)", name) for name in names):
            found.append(node.lineno)
    return found


def test_tests_do_not_sleep_to_wait_for_something() -> None:
    tests = [file for file in code_files() if shown(file).startswith("tests/")]
    found = {shown(file): sleeps(file.read_text(encoding="utf-8")) for file in tests}
    sleeping = {name: lines for name, lines in found.items() if lines}
    assert {name: lines for name, lines in sleeping.items() if name not in SLEEPING_TESTS} == {}
    # A test that sleeps no more needs no excuse any more.
    assert [name for name in SLEEPING_TESTS if name not in sleeping] == []


@pytest.mark.parametrize(
    "source",
    ["time.sleep(1)", "sleep(0.1)", "async def f():\n    await asyncio.sleep(delay_s)"],
)
def test_a_sleep_is_found(source: str) -> None:
    assert sleeps(source)


def test_letting_others_run_is_no_sleep() -> None:
    assert sleeps("async def f():\n    await asyncio.sleep(0)") == []


def test_nothing_is_mocked() -> None:
    found = {shown(file): mocks(file.read_text(encoding="utf-8")) for file in code_files()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    ["import unittest.mock", "from unittest import mock", "from unittest.mock import Mock"],
)
def test_a_mock_is_found(source: str) -> None:
    assert mocks(source)


# Texts ------------------------------------------------------------------------------------------


def test_no_text_names_a_path_that_exists_on_one_machine_only() -> None:
    found = [
        f"{shown(file)}: {match[0]}"
        for file, text in text_files()
        for match in _MACHINE_PATH.finditer(text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("folder", ["work", "root", "home/ada", "Users", "opt/wheels", "tmp/venv"])
def test_a_path_of_one_machine_is_found(folder: str) -> None:
    assert _MACHINE_PATH.search(f"see /{folder}/cairn")
    assert _MACHINE_PATH.search(f"cd /{folder}")


@pytest.mark.parametrize("text", ["GET /healthz", "https://a.example/work/x", "docs/work/a.md"])
def test_an_address_is_no_path(text: str) -> None:
    assert _MACHINE_PATH.search(text) is None
