"""The growing map behaves as a dict that is copied at every change."""

from hypothesis import given
from hypothesis import strategies as st

from actors.domain.growing_map import COPIED_ENTRIES_MAX, GrowingMap, with_entry

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
    pairs = [(with_entry(first, 0, "first"), first)]
    for chosen, key in changes:
        grown, expected = pairs[chosen % len(pairs)]
        pairs.append((with_entry(grown, key, f"{key}"), {**expected, key: f"{key}"}))
    for grown, expected in pairs:
        assert list(grown.items()) == list(expected.items())


def test_a_newer_map_can_be_made_while_going_through_one() -> None:
    grown = with_entry(dict.fromkeys(range(COPIED_ENTRIES_MAX), 0), "key", 0)
    newer = grown
    for key, value in grown.items():
        newer = with_entry(newer, f"{key} again", value)
    assert len(newer) == 2 * len(grown)


def test_a_missing_key_has_no_value_but_the_default() -> None:
    grown = GrowingMap({"a": 1, "b": 2})
    assert grown.get("c") is None
    assert grown.get("c", 3) == 3
    assert "c" not in grown


def test_small_maps_are_plain_dicts() -> None:
    entries = with_entry({"a": 1}, "b", 2)
    assert type(entries) is dict
