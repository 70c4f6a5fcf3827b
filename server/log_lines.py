"""Log lines that nobody else can write: what came from outside cannot begin one or colour it.

For people a record is a line; for programs it is an object of JSON on a line. Whatever says the
same thing again and again is cut short, and how many lines were left out is said.
"""

import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TextIO

from msgspec import Struct

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

LINES_MAX = 60
"""Lines of one template in `LINES_WINDOW_S`: a disk that is tried again every 2 s is heard each
time, and so is everything else but an error that a thousand phones meet at once."""

LINES_WINDOW_S = 60.0
"""Seconds for which lines of a template are counted together."""

TEMPLATES_MAX = 1_000
"""Templates that are counted at a time; the code has about fifty. Beyond it counting begins anew."""

_HARMLESS = frozenset("\n\t")


class LogFormat(StrEnum):
    """For whom the log is."""

    TEXT = "text"
    """For people: a line, and a traceback that is indented below it."""
    JSON = "json"
    """For programs: one object of JSON on each line."""


class SafeFormatter(logging.Formatter):
    """Escapes control characters; what belongs to a line above is indented."""

    def format(self, record: logging.LogRecord) -> str:
        """One record: its line, then a traceback, each line of which begins with a bar."""
        first, *rest = escaped(super().format(record)).split("\n")
        return "\n".join([first, *(f"  | {line}" for line in rest)])


class JsonFormatter(logging.Formatter):
    """One object a line, in ASCII: whatever is no letter of it is escaped as JSON escapes."""

    def format(self, record: logging.LogRecord) -> str:
        """One record: when, how bad, who says so, what, and the traceback if there is one."""
        at = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)


def escaped(text: str) -> str:
    """The text without anything that a terminal obeys or that hides or reorders what is read."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(
        char
        if char in _HARMLESS or char.isprintable()
        else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


class _Window(Struct):
    """What was said lately with one template."""

    began_at: float
    name: str
    level: int
    template: str
    lines: int = 0
    left_out: int = 0


class BoundedHandler(logging.StreamHandler[TextIO]):
    """Writes at most `LINES_MAX` lines of a template in `LINES_WINDOW_S`.

    Templates are what the code says, before anything is put into it. How many lines of one were
    left out is said with the next line of whatever kind after its time is over, or at the end.
    """

    def __init__(self, stream: TextIO, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(stream)
        self._monotonic = monotonic
        self._windows: dict[tuple[str, int, str], _Window] = {}
        self._cut: dict[tuple[str, int, str], _Window] = {}
        """Those of which lines were left out."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, or count it. Called with the handler's lock held."""
        now = self._monotonic()
        self._tell(lambda window: now - window.began_at >= LINES_WINDOW_S)
        key = (record.name, record.levelno, str(record.msg))
        window = self._windows.get(key)
        if window is None or now - window.began_at >= LINES_WINDOW_S:
            if len(self._windows) >= TEMPLATES_MAX:
                self._windows = dict(self._cut)
            window = self._windows[key] = _Window(now, *key)
        if window.lines >= LINES_MAX:
            window.left_out += 1
            self._cut[key] = window
            return
        window.lines += 1
        super().emit(record)

    def close(self) -> None:
        """Say what was left out until now, since nothing is said after it."""
        self.acquire()
        try:
            self._tell(lambda _window: True)
        finally:
            self.release()
        super().close()

    def _tell(self, is_due: Callable[[_Window], bool]) -> None:
        """Say how many lines were left out of each window that is due."""
        for key in [key for key, window in self._cut.items() if is_due(window)]:
            window = self._cut.pop(key)
            record = logging.LogRecord(
                window.name,
                window.level,
                __file__,
                0,
                "%d more lines were left out within %.0f s: %s",
                (window.left_out, LINES_WINDOW_S, window.template),
                None,
            )
            super().emit(record)


def start_logging(level: str, form: LogFormat = LogFormat.TEXT) -> None:
    """Log to standard error from now on; `level` as in the settings."""
    handler = BoundedHandler(sys.stderr)
    is_text = form is LogFormat.TEXT
    handler.setFormatter(SafeFormatter(FORMAT) if is_text else JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler])
