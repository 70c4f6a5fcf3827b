"""A text that a simple regular expression matches: how bots know an answer given as a pattern."""

from collections.abc import Iterator

_CLASSES = {"d": "1", "w": "a", "s": " ", "D": "a", "W": " ", "S": "a"}
"""A character of each of the escapes that stand for a set."""

_NOTHING = frozenset("bBAZ")
"""Escapes that match a place, not a character."""


class TooClever(Exception):
    """The pattern uses more than alternatives, groups, sets and repeats."""


def examples(pattern: str) -> Iterator[str]:
    """Two candidates: with everything optional left out, and with it in.

    Reads what answers in hunt plans are made of. A caller checks the candidates by matching, since
    look-arounds and flags are beyond this.
    """
    for repeats in (0, 1):
        try:
            yield _Reader(pattern, repeats).alternatives()
        except (TooClever, IndexError):
            return


class _Reader:
    """Recursive descent; always takes the first alternative."""

    def __init__(self, pattern: str, optional_repeats: int) -> None:
        self._rest = list(reversed(pattern))
        self._optional_repeats = optional_repeats

    def _peek(self) -> str:
        return self._rest[-1] if self._rest else ""

    def alternatives(self) -> str:
        """Read up to the end or the closing bracket."""
        first = self._sequence()
        while self._peek() == "|":
            self._rest.pop()
            self._sequence()
        return first

    def _sequence(self) -> str:
        parts = []
        while self._peek() not in ("", "|", ")"):
            atom = self._atom()
            parts.append(atom * self._repeats())
        return "".join(parts)

    def _atom(self) -> str:
        char = self._rest.pop()
        match char:
            case "(":
                return self._group()
            case "[":
                return self._set()
            case "\\":
                escaped = self._rest.pop()
                return "" if escaped in _NOTHING else _CLASSES.get(escaped, escaped)
            case ".":
                return "a"
            case "^" | "$":
                return ""
            case _:
                return char

    def _group(self) -> str:
        if self._peek() == "?":
            self._rest.pop()
            if self._rest.pop() != ":":
                raise TooClever("a group that is not (...) or (?:...)")
        inside = self.alternatives()
        self._rest.pop()  # The closing bracket.
        return inside

    def _set(self) -> str:
        if self._peek() == "^":
            raise TooClever("a set of what is not wanted")
        first = self._rest.pop()
        if first == "\\":
            escaped = self._rest.pop()
            first = _CLASSES.get(escaped, escaped)
        while (char := self._rest.pop()) != "]":
            if char == "\\":
                self._rest.pop()
        return first

    def _repeats(self) -> int:
        """How often to write what comes before: as little, or as much, as was asked for."""
        sign = self._peek()
        if sign not in ("?", "*", "+", "{"):
            return 1
        self._rest.pop()
        repeats = 1 if sign == "+" else self._optional_repeats
        if sign == "{":
            repeats = self._counted()
        if self._peek() in ("?", "+"):
            self._rest.pop()  # Lazy or possessive: matches the same texts, or fewer.
        return repeats

    def _counted(self) -> int:
        digits = ""
        while (char := self._rest.pop()) != "}":
            digits += char
        least, _, _ = digits.partition(",")
        return max(int(least or "0"), self._optional_repeats if "," in digits else 0)
