"""The small languages inside a plan: durations, regular expressions, team ids."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

REGEX_REPEATS_MAX = 3
"""Most `*`, `+` and `{}` in one expression. The time to refuse an answer grows with its length to
the power of their number: three keep the longest answer within milliseconds."""

_DURATION = re.compile(r"(\d+(?:\.\d+)?)([dhms])")
_UNIT_S = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}
_REPEATS = frozenset("*+{")


def duration_s(duration: str | float) -> float:
    """Return the seconds in a checked duration: ``1h30m``, ``90s`` or a number of seconds."""
    if isinstance(duration, str):
        return sum(float(count) * _UNIT_S[unit] for count, unit in _DURATION.findall(duration))
    return float(duration)


def regex_mistake(pattern: str) -> str | None:
    """Return what would have to be different about a regular expression, or None when it is fine.

    Python tries an expression by backtracking. A repeated group can take time exponential in the
    length of a wrong answer, so groups cannot be repeated, and repeats are few.
    """
    try:
        re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        return f"a valid regular expression ({error})"
    repeats = 0
    before = ""
    for symbol in _symbols(pattern):
        if symbol in _REPEATS and before != "(":
            repeats += 1
            if before == ")":
                return "a regular expression that does not repeat a group, like (…)*"
        before = symbol
    if repeats > REGEX_REPEATS_MAX:
        return f"a regular expression with at most {REGEX_REPEATS_MAX} repeats (* + {{}})"
    return None


def _symbols(pattern: str) -> Iterator[str]:
    """Yield what acts in a pattern; an escape or a set of characters counts as one letter."""
    yield from re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", "x", pattern, flags=re.DOTALL)


def unique_slugs(names: Iterable[str], noun: str) -> list[str]:
    """Return an id for every name, in order: ASCII, short, and different from all others.

    A name without a usable letter is called after its place in the list: ``team-3``, with `noun`
    for the kind of thing.
    """
    taken: set[str] = set()
    slugs: list[str] = []
    next_suffix: dict[str, int] = {}
    for number, name in enumerate(names, start=1):
        stem = slug(name) or f"{noun}-{number}"
        candidate = stem
        while candidate in taken:
            suffix = next_suffix.get(stem, 2)
            next_suffix[stem] = suffix + 1
            candidate = f"{stem[:56]}-{suffix}"
        taken.add(candidate)
        slugs.append(candidate)
    return slugs


def slug(name: str) -> str:
    """Return a name as a slug: ``Café Noir`` -> ``cafe-noir``; empty when no letter is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].rstrip("-")
