"""Every word is there in every language, and every word that a page asks for is there."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.pages.models import WEB, Models

LANGUAGES = ("en", "de")
PARTS = sorted(file.stem for file in (WEB / "texts" / "en").glob("*.js"))
PAGES = ("play", "gm", "screen")

ASKED = re.compile(r"""(?<![\w.])(?:t|hasText)\(\s*"(\w+)\"""")
"""A word that is asked for by its whole key."""


def texts(models: Models, language: str, part: str) -> dict[str, str]:
    found: dict[str, str] = models.constant(f"/web/texts/{language}/{part}.js")
    return found


def gaps(text: str) -> set[str]:
    """What is to be filled in."""
    return set(re.findall(r"\{(\w+)\}", text))


@cache
def asked(folder: Path) -> frozenset[str]:
    """The keys that the modules of a folder ask for."""
    sources = [file.read_text(encoding="utf-8") for file in folder.rglob("*.js")]
    return frozenset(key for source in sources for key in ASKED.findall(source))


@pytest.mark.parametrize("part", PARTS)
def test_german_has_every_word_with_the_same_gaps(models: Models, part: str) -> None:
    english, german = (texts(models, language, part) for language in LANGUAGES)
    assert english.keys() == german.keys()
    assert [key for key in english if gaps(english[key]) != gaps(german[key])] == []
    assert [key for key, text in german.items() if not text.strip()] == []


def test_both_languages_have_the_same_files() -> None:
    assert sorted(file.stem for file in (WEB / "texts" / "de").glob("*.js")) == PARTS


@pytest.mark.parametrize("page", PAGES)
def test_every_word_that_a_page_asks_for_is_there(models: Models, page: str) -> None:
    known = {
        key
        for part in PARTS
        if part == "common" or part.startswith(page)
        for key in texts(models, "en", part)
    }
    known |= {key.removesuffix(form) for key in known for form in ("_one", "_other")}
    wanted = asked(WEB / page) | asked(WEB / "common")
    assert len(wanted) > 10
    assert sorted(wanted - known) == []
