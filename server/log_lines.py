"""Log lines that nobody else can write: what came from outside cannot begin one or colour it."""

import logging
import sys

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_HARMLESS = frozenset("\n\t")


class SafeFormatter(logging.Formatter):
    """Escapes control characters; what belongs to a line above is indented."""

    def format(self, record: logging.LogRecord) -> str:
        """One record: its line, then a traceback, each line of which begins with a bar."""
        first, *rest = escaped(super().format(record)).split("\n")
        return "\n".join([first, *(f"  | {line}" for line in rest)])


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


def start_logging(level: str) -> None:
    """Log to standard error from now on; `level` as in the settings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SafeFormatter(FORMAT))
    logging.basicConfig(level=level.upper(), handlers=[handler])
