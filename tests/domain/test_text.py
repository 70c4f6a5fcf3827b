import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.plan import Answer
from actors.domain.text import (
    REASON_CHARS_MAX,
    clean_name,
    clean_reason,
    clean_text,
    matches_answer,
    normalise,
    same_code,
)


@pytest.mark.parametrize(
    ("given_text", "normal"),
    [
        ("LUMEN", "lumen"),
        ("  lumen\t\n", "lumen"),
        ("the   old \u00a0 pier", "the old pier"),
        ("\uff2c\uff35\uff2d\uff25\uff2e", "lumen"),
        ("Stra\u00dfe", "strasse"),
        ("cafe\u0301", "caf\u00e9"),
        ("\ufb01re", "fire"),
        ("\u2460", "1"),
    ],
)
def test_case_width_accents_and_spaces_compare_as_people_mean_them(
    given_text: str, normal: str
) -> None:
    assert normalise(given_text) == normal


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_a_code_is_the_same_however_it_is_typed() -> None:
    assert same_code(" Lumen ", "lumen")
    assert not same_code("lumens", "lumen")


def test_a_location_without_a_code_has_none_that_is_right() -> None:
    assert not same_code("", None)


def test_any_accepted_answer_will_do() -> None:
    answers = (Answer(text="lighthouse"), Answer(regex="light ?ship"))
    assert matches_answer("LightHouse ", answers)
    assert matches_answer("light ship", answers)
    assert not matches_answer("light", answers)


def test_a_pattern_must_match_the_whole_answer() -> None:
    assert not matches_answer("a light ship at sea", (Answer(regex="light ?ship"),))


def test_capitals_in_an_authors_pattern_do_not_count() -> None:
    assert matches_answer("light ship", (Answer(regex="Light ?Ship"),))


@pytest.mark.parametrize(
    ("given_text", "cleaned"),
    [
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("Ada\u202egnp", "Adagnp"),
        ("A\u200bda\x00", "Ada"),
        ("A\nda", "A da"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\U0001f9a6", "\U0001f9a6"),
        ("a\ud800b", "ab"),
    ],
)
def test_a_name_loses_what_cannot_be_shown_safely(given_text: str, cleaned: str) -> None:
    assert clean_name(given_text, 32) == cleaned


@pytest.mark.parametrize("blank", ["", "   ", "\u200b\u202e", "\u3164", "\u2800 \u2800", "\ufe0f"])
def test_a_name_that_shows_nothing_is_none(blank: str) -> None:
    assert clean_name(blank, 32) is None


def test_a_name_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert clean_name("a" * 32, 32) == "a" * 32
    assert clean_name("a" * 33, 32) is None


def test_a_text_keeps_its_lines() -> None:
    assert clean_text(" Storm!\r\n\n\n\n go   home\u202e \n", 100) == "Storm!\n\ngo home"


def test_a_text_of_nothing_or_too_much_is_none() -> None:
    assert clean_text(" \n\n ", 100) is None
    assert clean_text("a" * 101, 100) is None


def test_a_reason_may_be_empty_but_not_endless() -> None:
    assert clean_reason("  ") == ""
    assert clean_reason("a" * REASON_CHARS_MAX) is not None
    assert clean_reason("a" * (REASON_CHARS_MAX + 1)) is None


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    cleaned = clean_name(text, 32)
    assert cleaned is None or clean_name(cleaned, 32) == cleaned
    multiline = clean_text(text, 100)
    assert multiline is None or clean_text(multiline, 100) == multiline
