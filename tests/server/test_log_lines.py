import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from server.log_lines import (
    FORMAT,
    LINES_MAX,
    LINES_WINDOW_S,
    TEMPLATES_MAX,
    BoundedHandler,
    JsonFormatter,
    SafeFormatter,
    escaped,
)


def logged(message: str, *arguments: object, error: Exception | None = None) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(SafeFormatter(FORMAT))
    exc_info = (type(error), error, None) if error is not None else None
    handler.emit(logging.LogRecord("cairn", logging.ERROR, "x.py", 1, message, arguments, exc_info))
    return stream.getvalue()


def test_an_ordinary_line_is_as_it_is() -> None:
    line = logged("%d wrong ones, from %s in Łódź", 3, "192.0.2.1")
    assert line.endswith("ERROR cairn: 3 wrong ones, from 192.0.2.1 in Łódź\n")


def test_nobody_writes_a_line_of_their_own() -> None:
    forged = logged("a name: %s", "Eve\n2026-01-01 00:00:00 INFO cairn: all is well")
    assert [line[:4] for line in forged.splitlines()[1:]] == ["  | "]
    thrown = logged("failed", error=ValueError("x\n2026-01-01 00:00:00 INFO cairn: all is well"))
    assert all(line.startswith("  | ") for line in thrown.splitlines()[1:])


@pytest.mark.parametrize(
    "text", ["\x1b[2J", "\r", "\x00", "\x07", "\x9b31m", "\u202egnp", "\u2066", "\u2028", "\ud800"]
)
def test_what_a_terminal_obeys_is_shown_as_text(text: str) -> None:
    assert escaped(f"a{text}b").isascii()
    assert text not in logged("a name: %s", text)


# One object a line -----------------------------------------------------------------------------

HOSTILE = [
    *("\x1b[2J", "\r", "\n", "\x00", "\x07", "\x7f", "\x9b31m", "\u202egnp", "\u2028", "\ud800"),
    *('"}', "\\", "</script>", "Łódź", "🏴"),
]


def line_of(message: str, *arguments: object, exc_info: Any = None) -> str:
    return JsonFormatter().format(
        logging.LogRecord("cairn.x", logging.WARNING, "x.py", 1, message, arguments, exc_info)
    )


def test_a_record_is_an_object_on_a_line() -> None:
    found = json.loads(line_of("%d wrong ones, from %s", 3, "192.0.2.1"))
    assert found.pop("time").endswith("Z")
    assert found == {
        "level": "warning",
        "logger": "cairn.x",
        "message": "3 wrong ones, from 192.0.2.1",
    }


def fail() -> None:
    raise ValueError("x\n{}")


def test_a_traceback_is_part_of_the_object() -> None:
    try:
        fail()
    except ValueError:
        line = line_of("failed", exc_info=sys.exc_info())
    assert "\n" not in line
    assert json.loads(line)["error"].startswith("Traceback (most recent call last)")
    assert json.loads(line)["error"].endswith("ValueError: x\n{}")


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_came_from_outside_is_a_string_of_printable_ascii(text: str) -> None:
    line = line_of("a name: %s", text)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["message"] == f"a name: {text}"


# Again and again -------------------------------------------------------------------------------


class Log:
    """A handler on a clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.stream = io.StringIO()
        self.handler = BoundedHandler(self.stream, lambda: self.now)

    def say(self, template: str, *arguments: object, level: int = logging.WARNING) -> None:
        self.handler.handle(logging.LogRecord("cairn", level, "x.py", 1, template, arguments, None))

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    yield log
    log.handler.close()


def test_of_one_template_so_many_lines_are_written_and_the_rest_is_counted(log: Log) -> None:
    for number in range(LINES_MAX + 25):
        log.say("phone %d fails", number)
    assert log.lines == [f"phone {number} fails" for number in range(LINES_MAX)]
    log.now += LINES_WINDOW_S
    log.say("something else")
    assert log.lines[LINES_MAX:] == [
        "25 more lines were left out within 60 s: phone %d fails",
        "something else",
    ]
    log.say("phone %d fails", 99)
    assert log.lines[-1] == "phone 99 fails"


def test_other_templates_and_levels_are_not_held_up(log: Log) -> None:
    for _ in range(LINES_MAX + 1):
        log.say("again")
    log.say("else")
    log.say("again", level=logging.ERROR)
    assert log.lines[LINES_MAX:] == ["else", "again"]


def test_what_comes_slowly_is_never_left_out(log: Log) -> None:
    for _ in range(3 * LINES_MAX):
        log.say("saving stalls")
        log.now += LINES_WINDOW_S / LINES_MAX
    assert log.lines == ["saving stalls"] * (3 * LINES_MAX)


def test_at_the_end_it_is_said_what_was_left_out(log: Log) -> None:
    for _ in range(LINES_MAX + 2):
        log.say("again")
    log.handler.close()
    assert log.lines[-1] == "2 more lines were left out within 60 s: again"


def test_templates_without_end_take_no_memory_without_end(log: Log) -> None:
    for number in range(3 * TEMPLATES_MAX):
        log.say(f"made up {number}")
    assert len(log.handler._windows) <= TEMPLATES_MAX
    assert len(log.lines) == 3 * TEMPLATES_MAX
