import io
import logging

import pytest

from server.log_lines import FORMAT, SafeFormatter, escaped


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
