"""Texts of people who mean no good: what is left of them is a line of letters."""

from unicodedata import category, is_normalized

import pytest

from actors.domain.team import NAME_CHARS_MAX, SAY_CHARS_MAX
from actors.domain.text import MARKS_MAX, clean_name, clean_reason, clean_text
from tests.hostile_texts import ALL, BLANK, FLOODS, INVISIBLE, RIGHT_TO_LEFT

HARMFUL = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def assert_harmless(text: str) -> None:
    assert is_normalized("NFC", text)
    assert not {category(char) for char in text} & HARMFUL
    marks = 0
    for char in text:
        marks = marks + 1 if category(char) in ("Mn", "Me") else 0
        assert marks <= MARKS_MAX


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_a_name_is_one_line_that_hides_nothing_or_none_at_all(text: str) -> None:
    name = clean_name(text, NAME_CHARS_MAX)
    if name is not None:
        assert 1 <= len(name) <= NAME_CHARS_MAX
        assert_harmless(name)
        assert clean_name(name, NAME_CHARS_MAX) == name


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_a_text_keeps_its_lines_and_nothing_else_that_is_not_seen(text: str) -> None:
    written = clean_text(f"First\n{text}\nLast", SAY_CHARS_MAX)
    if written is not None:
        assert written.startswith("First\n")
        assert written.endswith("Last")
        assert_harmless(written.replace("\n", ""))


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_a_reason_is_one_harmless_line(text: str) -> None:
    reason = clean_reason(text)
    if reason is not None:
        assert_harmless(reason)


@pytest.mark.parametrize("text", BLANK.values(), ids=BLANK)
def test_a_name_that_shows_nothing_is_none(text: str) -> None:
    assert clean_name(text, NAME_CHARS_MAX) is None
    assert clean_text(text, SAY_CHARS_MAX) is None


def test_what_is_not_seen_is_left_out_and_the_rest_stays() -> None:
    assert clean_name(INVISIBLE["right-to-left override"], 32) == "Adagnp.exe"
    assert clean_name(INVISIBLE["zero width"], 32) == "Ada"
    assert clean_name(INVISIBLE["null"], 32) == "AdaBob"
    assert clean_name(INVISIBLE["escape codes"], 32) == "[2J]0;ownedAda"


def test_marks_are_cut_where_no_script_has_more() -> None:
    assert clean_name(FLOODS["marks above"], 32) == "Á" + "\u0302\u0303\u0304\u0301"
    assert clean_name("Việt Nâ\u0323n กี้ שָׁלוֹם", 32) == "Việt Nận กี้ שָׁלוֹם"


@pytest.mark.parametrize("text", RIGHT_TO_LEFT.values(), ids=RIGHT_TO_LEFT)
def test_an_honest_name_from_the_right_is_as_good_as_any(text: str) -> None:
    assert clean_name(text, NAME_CHARS_MAX) == text
