"""The growing map behaves as a dict that is copied at every change."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from actors.domain.growing_map import (
    COPIED_ENTRIES_MAX,
    DraftMap,
    GrowingMap,
    drafted,
    settled,
    with_entry,
    with_values,
    without_entry,
)

KEYS = st.integers(0, 400)


@given(st.lists(st.tuples(KEYS, st.integers()), max_size=600))
def test_it_holds_what_a_dict_holds_in_the_same_order(entries: list[tuple[int, int]]) -> None:
    expected: dict[int, int] = {number: -number for number in range(COPIED_ENTRIES_MAX)}
    grown = with_entry(expected, 0, 0)
    expected = {**expected, 0: 0}
    for key, value in entries:
        grown, expected = with_entry(grown, key, value), {**expected, key: value}
    assert isinstance(grown, GrowingMap)
    assert list(grown.items()) == list(expected.items())
    assert len(grown) == len(expected)
    assert grown == expected
    for key in range(401):
        assert (key in grown) == (key in expected)
        assert grown.get(key) == expected.get(key)


def test_the_map_before_a_change_stays_as_it_was() -> None:
    versions = [with_entry({}, 0, "first")]
    for number in range(1, 5 * COPIED_ENTRIES_MAX):
        versions.append(with_entry(versions[-1], number, "new"))
    changed = with_entry(versions[-1], 0, "changed")
    assert changed[0] == "changed"
    assert [len(version) for version in versions] == list(range(1, len(versions) + 1))
    assert [len(list(version)) for version in versions] == list(range(1, len(versions) + 1))
    assert {version[0] for version in versions} == {"first"}
    assert [number in version for number, version in enumerate(versions)] == [True] * len(versions)
    assert not any(number + 1 in version for number, version in enumerate(versions))


@given(st.lists(st.tuples(st.integers(0, 50), KEYS), min_size=1, max_size=80))
def test_maps_that_grew_from_the_same_one_do_not_know_each_other(
    changes: list[tuple[int, int]],
) -> None:
    """Each change is made to any of the maps there are by then."""
    first = dict.fromkeys(range(2 * COPIED_ENTRIES_MAX), "first")
    pairs: list[tuple[Mapping[int, str], dict[int, str]]] = [(with_entry(first, 0, "first"), first)]
    for chosen, key in changes:
        grown, expected = pairs[chosen % len(pairs)]
        pairs.append((with_entry(grown, key, f"{key}"), {**expected, key: f"{key}"}))
    for grown, expected in pairs:
        assert list(grown.items()) == list(expected.items())


def test_a_newer_map_can_be_made_while_going_through_one() -> None:
    grown = with_entry(dict.fromkeys(map(str, range(COPIED_ENTRIES_MAX)), 0), "key", 0)
    newer = grown
    for key, value in grown.items():
        newer = with_entry(newer, f"{key} again", value)
    assert len(newer) == 2 * len(grown)


def test_a_missing_key_has_no_value_but_the_default() -> None:
    grown = GrowingMap({"a": 1, "b": 2})
    assert grown.get("c") is None
    assert grown.get("c", 3) == 3
    assert "c" not in grown


@given(st.lists(st.tuples(KEYS, st.booleans()), max_size=100))
def test_a_draft_becomes_what_copies_become(entries: list[tuple[int, bool]]) -> None:
    copied: Mapping[int, int] = {1: 1}
    draft: Mapping[int, int] = drafted(copied)
    for key, is_taken_out in entries:
        if is_taken_out:
            copied, draft = without_entry(copied, key), without_entry(draft, key)
        else:
            copied, draft = with_entry(copied, key, -key), with_entry(draft, key, -key)
    copied = with_values(copied, lambda value: value + 1)
    last = settled(with_values(draft, lambda value: value + 1))
    assert list(last.items()) == list(copied.items())
    assert type(draft) is DraftMap
    assert type(last) is dict


def test_what_a_draft_began_with_stays_as_it_was_and_so_does_what_was_settled() -> None:
    before = {"a": 1}
    draft = drafted(before)
    with_entry(draft, "b", 2)
    after = settled(draft)
    without_entry(draft, "a")
    assert (before, after) == ({"a": 1}, {"a": 1, "b": 2})


def test_taking_out_of_a_map_leaves_the_map_alone() -> None:
    entries = {"a": 1, "b": 2}
    assert without_entry(entries, "a") == {"b": 2}
    assert without_entry(entries, "c") is entries
    assert entries == {"a": 1, "b": 2}


def test_small_maps_are_plain_dicts() -> None:
    entries = with_entry({"a": 1}, "b", 2)
    assert type(entries) is dict
