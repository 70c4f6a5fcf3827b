"""An immutable map that is cheap to add to, however large it has grown.

States are values: `evolve` returns a new one and leaves the old alone. Copying a plain dict for
that is the fastest way while it is small. A team with a thousand finds, or a location with ten
thousand finders, would copy tens of kilobytes for every claim; there, only the newest entries
are copied, and merged with the others now and then.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

COPIED_ENTRIES_MAX = 128
"""Entries up to which a plain dict is copied: about 1 us."""

NEWEST_ENTRIES_MAX = 64
"""Entries in the part that is copied. The larger, the rarer a merge, and the dearer a copy."""


class GrowingMap(Mapping[K, V], Generic[K, V]):
    """Two dicts, never changed once they are in here: most entries, and the newest ones.

    Iteration is in the order in which keys were first set, as with a dict.
    """

    __slots__ = ("_base", "_newest")

    def __init__(self, base: dict[K, V], newest: dict[K, V]) -> None:
        self._base = base
        self._newest = newest

    def __getitem__(self, key: K) -> V:
        newest = self._newest
        return newest[key] if key in newest else self._base[key]

    @overload
    def get(self, key: K, /) -> V | None: ...

    @overload
    def get(self, key: K, /, default: V | T) -> V | T: ...

    def get(self, key: K, /, default: V | T | None = None) -> V | T | None:
        """The value of `key`, else `default` (the inherited one raises and catches for that)."""
        newest = self._newest
        return newest[key] if key in newest else self._base.get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self._newest or key in self._base

    def __iter__(self) -> Iterator[K]:
        yield from self._base
        for key in self._newest:
            if key not in self._base:
                yield key

    def __len__(self) -> int:
        base = self._base
        return len(base) + sum(key not in base for key in self._newest)

    def __repr__(self) -> str:
        return f"GrowingMap({dict(self)!r})"

    def with_entry(self, key: K, value: V) -> "GrowingMap[K, V]":
        """The same map with `key` set to `value`."""
        if len(self._newest) >= NEWEST_ENTRIES_MAX:
            return GrowingMap(self._base | self._newest, {key: value})
        return GrowingMap(self._base, self._newest | {key: value})


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
        return entries.with_entry(key, value)  # type: ignore[attr-defined, no-any-return]
    if len(entries) < COPIED_ENTRIES_MAX:
        return {**entries, key: value}
    return GrowingMap(dict(entries), {key: value})


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
