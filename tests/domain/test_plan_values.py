import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.domain.plan_values import regex_mistake, unique_slugs


def test_team_ids_are_plain_and_different() -> None:
    names = ["Zoë & Co", "zoe co", "ZOE--CO", "海獭", "x" * 64, "x" * 64 + "y"]
    ids = unique_slugs(names, "team")
    assert ids[:4] == ["zoe-co", "zoe-co-2", "zoe-co-3", "team-4"]
    assert len(set(ids)) == len(ids)
    assert all(len(id_) <= 63 for id_ in ids)


@given(st.lists(st.text(max_size=80), max_size=40))
def test_any_names_give_different_slugs(names: list[str]) -> None:
    ids = unique_slugs(names, "team")
    assert len(set(ids)) == len(names)


@pytest.mark.parametrize("pattern", ["light ?house", r"(the )?\(a\+\)", "[*+{]x{2}", "a{2"])
def test_a_harmless_regular_expression_is_allowed(pattern: str) -> None:
    assert regex_mistake(pattern) is None


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|a)+", "(ab){9,}", ".*a.*b.*c.*", "(", "a**"])
def test_a_slow_or_broken_regular_expression_is_refused(pattern: str) -> None:
    expected = regex_mistake(pattern)
    assert expected is not None
    assert "regular expression" in expected
