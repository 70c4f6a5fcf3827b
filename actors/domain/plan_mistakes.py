"""What is wrong with a plan: collected, never raised, so that an author sees everything at once."""

from collections.abc import Collection
from datetime import date
from difflib import get_close_matches

from msgspec import Struct

Path = tuple[str | int, ...]
"""Keys and indexes from the top of the document: ``("locations", 3, "points")``."""

FOUND_CHARS_MAX = 60
"""Longest piece of the author's text that is quoted back; more would not fit on one line."""

FOUND_BITS_MAX = 200
"""Longest whole number that is quoted back; Python refuses to print those of 4,300 digits."""

SUGGESTIONS_MAX = 20
"""How many 'did you mean' are worked out per plan; a plan with more is not helped by more."""

SUGGESTION_WORDS_MAX = 1_000
"""Among how many known words one is looked for: all of 20,000 ids would take a second."""


class Mistake(Struct, frozen=True):
    """One thing that is wrong, where it is, and what would be right."""

    path: Path
    expected: str
    found: str

    def text(self) -> str:
        """The mistake as one line: ``locations[3].points: expected ..., found ...``."""
        return f"{path_text(self.path)}: expected {self.expected}, found {self.found}"


class Mistakes:
    """The mistakes of one plan, and the places that they spoil for later checks."""

    def __init__(self) -> None:
        self._list: list[Mistake] = []
        self._blamed: set[Path] = set()
        self._ancestors: set[Path] = set()
        self._suggestions = 0

    def add(self, path: Path, expected: str, found: str) -> None:
        """Note a mistake at `path`."""
        self._list.append(Mistake(path, expected, found))
        self._blamed.add(path)
        self._ancestors.update(path[:length] for length in range(len(path)))

    def spoil(self, path: Path) -> bool:
        """Whether `path`, something in it or something around it is mistaken.

        Checks that build on a part skip it then: a mistake is reported once, not once more for
        everything that follows from it.
        """
        if not self._list:
            return False
        if path in self._blamed or path in self._ancestors:
            return True
        return any(path[:length] in self._blamed for length in range(len(path)))

    def suggest(self, word: str, known: Collection[str]) -> str:
        """Return ``' (did you mean "points"?)'``, or nothing when no known word is close."""
        if self._suggestions >= SUGGESTIONS_MAX or len(known) > SUGGESTION_WORDS_MAX:
            return ""
        self._suggestions += 1
        close = get_close_matches(word[:FOUND_CHARS_MAX], known, n=1)
        return f' (did you mean "{close[0]}"?)' if close else ""

    def all(self) -> tuple[Mistake, ...]:
        """Every mistake, in the order of the checks."""
        return tuple(self._list)


def path_text(path: Path) -> str:
    """Return a path as people read it: ``locations[3].points``; the top is ``the plan``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text or "the plan"


def quoted(text: str) -> str:
    """Return a text in quotes, on one line and clipped."""
    line = text.replace("\n", "\\n")
    return f'"{line}"' if len(line) <= FOUND_CHARS_MAX else f'"{line[:FOUND_CHARS_MAX]}…"'


def described(value: object) -> str:
    """Return what a value is, in words for people who do not program."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() if value.bit_length() > FOUND_BITS_MAX:
            return "a huge number"
        case int() | float():
            return f"the number {value!r}"
        case str():
            return quoted(value)
        case date():
            return f"the date {value.isoformat()}"
        case list() | tuple():
            return "an empty list" if not value else "a list"
        case dict():
            return "an empty map" if not value else "a map"
        case _:
            return f"a {type(value).__name__}"
