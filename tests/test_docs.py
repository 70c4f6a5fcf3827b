"""The documents say what the code does: each list here is taken from the code."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from msgspec import Struct

from actors.admission import JOURNAL_AGE_MAX_S, LEAVE_FRACTION
from actors.domain import commands, plan_document
from actors.domain.events import AnyEvent, Record, Rerank
from actors.ladder import LADDER, Mode, Step
from server import __main__ as program
from server.config import GM_TOKEN_VARIABLE, SETTINGS
from server.health import Health
from server.migrations import VIEWS_SQL
from server.shedding import Why
from tests.markdown import ROOT, Document, codes, document
from tests.struct_names import fields, structs, tag

EVENTS = document("docs/events.md")
LIMITS = document("docs/limits.md")
OPERATIONS = document("docs/operations.md")
PLAN = document("docs/plan.md")
DOCUMENTS = [Document(path) for path in sorted((ROOT / "docs").glob("*.md"))]

NOT_COMMANDS = (commands.Position, commands.HuntScoped)

NO_LIMITS = frozenset(
    {
        "ACCEPT_BOUNDS_S",
        "APPLICATION_ID",
        "COLUMNS",
        "COMMIT_BOUNDS_RECORDS",
        "COMMIT_BOUNDS_S",
        "EARTH_RADIUS_M",
        "EPOCH_S",
        "FIND_BYTES",
        "FIRST_FINAL_CODE",
        "GC_ALLOCATIONS",
        "GC_ROUNDS",
    }
    | {
        "CODE_LENGTH",
        "KEY_BYTES",
        "LEADERBOARD_ROW_BYTES",
        "LENGTH_BYTES",
        "NEVER",
        "NICENESS",
        "OTHERS_MASK",
        "PLAN_VERSION",
        "POINTS_EACH",
        "STDIN",
    }
    | {"ZIP_LEVEL"}
    | {"PRIMARY_CODE_MASK", "RADIUS_M", "RETRY_DECIMALS", "SQLITE_VERSION_MIN"}
    | {"SAVED_BOUNDS_S", "SYNCHRONOUS_FULL", "TAIL_LENGTH", "TOKEN_BYTES"}
)
"""Numbers that bound nothing: formats, masks, physical constants, defaults of new plans, buckets of
histograms."""


# The journal --------------------------------------------------------------------------------


def test_every_event_is_documented_with_its_fields() -> None:
    kinds = {tag(kind): kind for kind in get_args(AnyEvent)}
    (table,) = EVENTS.tables("Events")
    assert table.keys() == kinds.keys()
    assert {key: set(codes(row.cells[1])) for key, row in table.items()} == {
        key: fields(kind) for key, kind in kinds.items()
    }
    assert fields(Rerank) <= set(codes(table["find_voided"].text))
    (records,) = EVENTS.tables("Records")
    assert records.keys() == fields(Record)


def test_every_command_says_what_may_come_of_it() -> None:
    kinds = {tag(kind) for kind in get_args(AnyEvent)}
    (table,) = EVENTS.tables("Commands")
    wanted = {one.__name__ for one in structs(commands) if one not in NOT_COMMANDS}
    assert table.keys() == wanted
    outcomes = {event for row in table.values() for event in codes(row.cells[3])}
    assert outcomes == kinds - {"team_steered", "staff_arrived"}  # Nobody commands those.


# Operation, plans, limits -------------------------------------------------------------------


def test_every_setting_is_documented_with_its_default() -> None:
    (table,) = OPERATIONS.tables("Settings")
    rows = {codes(row.text)[0]: row for row in table.values()}
    assert rows.keys() == {*(one.flag for one in SETTINGS), GM_TOKEN_VARIABLE}
    for setting in SETTINGS:
        _, variable, default, _ = rows[setting.flag].cells
        assert codes(variable) == [setting.variable]
        assert (codes(default) or [""]) == [setting.default]


def test_every_exit_code_and_health_field_and_view_is_documented() -> None:
    exits = {"0", str(program.EXIT_CANNOT_RUN), str(program.EXIT_WRONG_SETTINGS)}
    assert OPERATIONS.tables("Start and stop")[0].keys() == exits
    assert OPERATIONS.tables("Health")[0].keys() == fields(Health)
    assert OPERATIONS.tables("Looking into the database")[0].keys() == VIEWS_SQL.keys()


def test_the_ladder_of_shedding_is_documented_with_its_numbers() -> None:
    ladder, modes = OPERATIONS.tables("Shedding")
    assert list(ladder) == list(Step)
    assert list(modes) == list(Mode)
    strains = [*(rung.from_strain for rung in LADDER), 1.0]
    assert [row.cells[2:] for row in ladder.values()] == [
        (
            f"{100 * strain:.0f} %",
            f"{strain * JOURNAL_AGE_MAX_S:g} s",
            f"{100 * strain * LEAVE_FRACTION:.0f} %",
        )
        for strain in strains
    ]
    whys = {why.value for why in Why} - {""}
    assert whys <= set(codes(OPERATIONS.prose))


def test_every_message_that_operators_look_up_is_one_of_the_programs() -> None:
    sources = [path.read_text(encoding="utf-8") for path in modules()]
    program_says = re.sub(r'"\s+f?"', "", "\n".join(sources))  # Long texts stand on two lines.
    (table,) = OPERATIONS.tables("What to do when …")
    quoted = [one for row in table.values() for one in codes(row.cells[0]) if " " in one]
    assert len(quoted) > 5
    parts = [part.strip() for one in quoted for part in one.split("…")]
    assert [part for part in parts if part not in program_says] == []


@pytest.mark.parametrize("kind", structs(plan_document), ids=lambda kind: kind.__name__)
def test_every_key_of_a_plan_is_documented(kind: type[Struct]) -> None:
    if kind in (plan_document.AnyOf, plan_document.RegexAnswer):  # Explained in the text.
        words = set(re.findall(r"\w+", " ".join(codes(PLAN.prose))))
        assert fields(kind) <= words
    else:
        assert fields(kind) in [set(table) for table in PLAN.tables()]


def shown(value: object) -> str:
    """A limit as the document writes it."""
    if isinstance(value, tuple):
        return "; ".join(map(shown, value))
    return f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"


def modules() -> list[Path]:
    """The files of the actors and the server."""
    return sorted([*ROOT.glob("actors/**/*.py"), *ROOT.glob("server/**/*.py")])


def limited_modules() -> list[Path]:
    """Those whose numbers bound something real, not how a simulated world is furnished."""
    return [path for path in modules() if ROOT / "server" / "simulation" not in path.parents]


def limits() -> Iterator[tuple[str, str, str]]:
    """File, name and value of every limit of the actors and the server."""
    for path in limited_modules():
        if path.stem not in ("__init__", "__main__"):
            file = path.relative_to(ROOT)
            module = importlib.import_module(".".join(file.with_suffix("").parts))
            for name in assigned(path):
                if is_number(getattr(module, name)):
                    yield str(file), name, shown(getattr(module, name))


def assigned(path: Path) -> Iterator[str]:
    """The public constants that a module defines itself."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(name)]) | ast.AnnAssign(target=ast.Name(name)):
                if name.isupper() and name[0] != "_" and name not in NO_LIMITS:
                    yield name


def is_number(value: object) -> bool:
    """Whether a constant is a number, or several."""
    several = value if isinstance(value, tuple) else (value,)
    return several != () and all(isinstance(one, int | float) for one in several)


def test_every_limit_is_listed_with_its_value() -> None:
    listed = {
        (codes(row.cells[4])[0], row.key, row.cells[1]) for row in LIMITS.rows() if all(row.cells)
    }
    found = set(limits())
    advice = "add or mend these rows in docs/limits.md, or name in NO_LIMITS here what is none:"
    rows = [f"| `{name}` | {value} | … | … | `{file}` |" for file, name, value in found - listed]
    assert not rows, "\n".join([advice, *sorted(rows)])
    assert sorted(listed - found) == [], "the code has no such limit"


# All documents ------------------------------------------------------------------------------


@pytest.mark.parametrize("source", DOCUMENTS, ids=lambda source: source.name)
def test_every_link_leads_somewhere(source: Document) -> None:
    for link in source.links():
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        path = (source.path.parent / target).resolve() if target else source.path
        assert path.exists(), link
        assert not anchor or anchor in Document(path).anchors(), link


@pytest.mark.parametrize("source", DOCUMENTS, ids=lambda source: source.name)
def test_every_file_that_is_named_exists(source: Document) -> None:
    named = re.findall(r"\b((?:actors|server|scripts|tests|docs)/[\w./-]*\w/?)", source.text)
    assert [one for one in named if not (ROOT / one).exists()] == []
