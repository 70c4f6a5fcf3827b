"""Texts from people: how they are compared, and how they are made safe to show."""

import re
from collections.abc import Iterator
from functools import lru_cache
from unicodedata import category, normalize

from actors.domain.plan import Answer
from actors.domain.refusals import Reason, Refusal

PATTERNS_KEPT_MAX = 4_096
"""Compiled answer patterns; a large plan has some hundreds, and several hunts share the cache."""

REASON_CHARS_MAX = 500
"""Characters of a game master's reason: a few sentences."""

REASON_TOO_LONG = Refusal(
    Reason.MALFORMED, f"A reason has at most {REASON_CHARS_MAX} characters; shorten it."
)

MARKS_MAX = 4
"""Combining marks that one letter may carry; no script stacks more, and a hundred of them would
paint over the lines above and below."""

_STRIPPED = frozenset({"Cc", "Cf", "Cs"})
"""Controls, invisible format characters (bidirectional overrides too) and lone surrogates."""

_MARKS = frozenset({"Mn", "Me"})
"""Marks that are drawn over, under or around the letter before them."""

_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")
"""Letters and signs that show as nothing: a name of them would be an invisible name."""

_VISIBLE = frozenset("LNPS")
"""Major categories that leave ink: letters, numbers, punctuation, symbols."""


def normalise(text: str) -> str:
    """The form in which codes, answers and names are compared.

    Case does not count, nor do Unicode's compatibility forms (NFKC), nor how much space there is
    around or between words. The result of normalising twice is that of normalising once.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    # Case folding can leave a text decomposed, hence the second pass.
    folded = normalize("NFKC", normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def same_code(given: str, expected: str | None) -> bool:
    """Whether a code as typed or scanned is the expected one, which is normalised already."""
    return expected is not None and (given == expected or normalise(given) == expected)


def matches_answer(given: str, answers: tuple[Answer, ...]) -> bool:
    """Whether an answer as typed is one of those that the plan accepts."""
    normal = normalise(given)
    for answer in answers:
        if answer.text is not None and answer.text == normal:
            return True
        if answer.regex is not None and _pattern(answer.regex).fullmatch(normal):
            return True
    return False


@lru_cache(PATTERNS_KEPT_MAX)
def _pattern(regex: str) -> re.Pattern[str]:
    # Answers are folded before they are matched, so the author's capitals must not count.
    return re.compile(regex, re.IGNORECASE)


def clean_name(text: str, chars_max: int) -> str | None:
    """One line of text that is safe to show: NFC, no controls, single spaces.

    Returns:
        The cleaned text; None when nothing visible is left or it has over `chars_max` characters.
    """
    cleaned = _clean_line(text)
    if not cleaned or len(cleaned) > chars_max or not _is_visible(cleaned):
        return None
    return cleaned


def clean_text(text: str, chars_max: int) -> str | None:
    """Like `clean_name`, but keeps line breaks (at most one empty line in a row)."""
    lines = [_clean_line(line) for line in text.splitlines()]
    cleaned = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    if not cleaned or len(cleaned) > chars_max or not _is_visible(cleaned):
        return None
    return cleaned


def clean_reason(text: str) -> str | None:
    """A game master's reason, made safe to show; it may be empty. None when it is too long."""
    cleaned = _clean_line(text)
    return cleaned if len(cleaned) <= REASON_CHARS_MAX else None


def _clean_line(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        text = normalize("NFC", "".join(_kept(char) for char in text))
        text = "".join(_without_floods(text))
    return " ".join(text.split())


def _without_floods(text: str) -> Iterator[str]:
    marks = 0
    for char in text:
        marks = marks + 1 if category(char) in _MARKS else 0
        if marks <= MARKS_MAX:
            yield char


def _kept(char: str) -> str:
    if char.isspace():
        return " "
    return "" if category(char) in _STRIPPED or char in _BLANK_LETTERS else char


def _is_visible(text: str) -> bool:
    return any(category(char)[0] in _VISIBLE for char in text)
