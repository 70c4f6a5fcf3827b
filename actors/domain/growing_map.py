"""An immutable map that is cheap to add to, however large it has grown.

States are values: `evolve` returns a new one and leaves the old alone. Copying a plain dict for
that is the fastest way while it is small. A team with a hundred finds, or a location with ten
thousand finders, would copy them all for every claim, and the old copy would be taken apart; there,
all maps that grew out of one another share one dict that is only ever added to.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Generic, TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

COPIED_ENTRIES_MAX = 16
"""Entries up to which a plain dict is copied: about 0.3 us, and quicker to look things up in."""


class GrowingMap(Mapping[K, V], Generic[K, V]):
    """The first `_size` entries of a dict in which nothing is ever changed or removed.

    Whoever holds the newest map looks things up, and adds, as in a dict. An older one, which hardly
    anybody holds, takes a copy of its part once it is asked for anything.

    Iteration is in the order in which keys were first set, as with a dict.
    """

    __slots__ = ("_entries", "_size")

    def __init__(self, entries: dict[K, V]) -> None:
        """Take over `entries`: nobody else may change them from now on."""
        self._entries = entries
        self._size = len(entries)

    def _own(self) -> dict[K, V]:
        """The entries of this map and no others."""
        if len(self._entries) != self._size:
            self._entries = dict(islice(self._entries.items(), self._size))
        return self._entries

    def __getitem__(self, key: K) -> V:
        return self._own()[key]

    @overload
    def get(self, key: K, /) -> V | None: ...

    @overload
    def get(self, key: K, /, default: V | T) -> V | T: ...

    def get(self, key: K, /, default: V | T | None = None) -> V | T | None:
        """The value of `key`, else `default` (the inherited one raises and catches for that)."""
        entries = self._entries
        if len(entries) != self._size:
            entries = self._own()
        return entries.get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self._own()

    def __iter__(self) -> Iterator[K]:
        # A copy: whoever goes through it may make a newer map meanwhile.
        return iter(tuple(islice(self._entries, self._size)))

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return f"GrowingMap({self._own()!r})"

    def with_entry(self, key: K, value: V) -> "GrowingMap[K, V]":
        """The same map with `key` set to `value`."""
        entries = self._entries
        if len(entries) != self._size:
            entries = self._own()
        if key in entries:
            return GrowingMap(entries | {key: value})
        entries[key] = value
        return GrowingMap(entries)


_bare = GrowingMap.__new__


class DraftMap(dict[K, V], Generic[K, V]):
    """A map that belongs to one fold alone: `with_entry` and `without_entry` change it in place.

    Folding a whole journal makes a million states that nobody looks at but the next step; copying
    a map for each of them would be half of the work. Whoever begins with drafts (`drafted`) ends
    with `settled`, before anybody else sees a state.
    """


def drafted(entries: Mapping[K, V]) -> DraftMap[K, V]:
    """A draft that begins with these entries."""
    return DraftMap(entries)


def settled(entries: Mapping[K, V]) -> Mapping[K, V]:
    """What the draft has become, never to change again."""
    return dict(entries) if type(entries) is DraftMap else entries


def with_entry(entries: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    """`entries` with `key` set to `value`; `entries` itself stays as it is, unless a draft."""
    kind = type(entries)  # isinstance asks the abstract base class: ten times slower.
    if kind is DraftMap:
        entries[key] = value  # type: ignore[index]
        return entries
    if kind is GrowingMap:
        grown: GrowingMap[K, V] = entries  # type: ignore[assignment]
        shared = grown._entries
        if key in shared or len(shared) != grown._size:
            return grown.with_entry(key, value)
        # Nearly always: the newest map gets a new key. Without `__init__`, which costs as much again.
        shared[key] = value
        newest: GrowingMap[K, V] = _bare(GrowingMap)
        newest._entries, newest._size = shared, grown._size + 1
        return newest
    if len(entries) < COPIED_ENTRIES_MAX:
        return {**entries, key: value}
    return GrowingMap(dict(entries)).with_entry(key, value)


def without_entry(entries: Mapping[K, V], key: K) -> Mapping[K, V]:
    """`entries` without `key`; `entries` itself stays as it is, unless a draft."""
    if key not in entries:
        return entries
    if type(entries) is DraftMap:
        del entries[key]
        return entries
    return {own: value for own, value in entries.items() if own != key}


def with_values(entries: Mapping[K, V], change: Callable[[V], V]) -> Mapping[K, V]:
    """The same keys, each with a changed value."""
    changed = {key: change(value) for key, value in entries.items()}
    return DraftMap(changed) if type(entries) is DraftMap else changed
