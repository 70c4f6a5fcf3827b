"""Read loose values into the plan document's types, noting every mistake on the way.

`msgspec.convert` stops at the first mistake. This walker is driven by the same types, but goes on:
a value that cannot be read is noted and replaced by a blank of its type, so that everything around
it can still be checked. `Mistakes.spoil` tells later checks what not to trust.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from math import isfinite
from typing import Any, TypeVar

from msgspec import NODEFAULT, Struct, inspect

from actors.domain.plan_mistakes import Mistakes, Path, described

T = TypeVar("T", bound=Struct)


def read_struct(value: object, type_: type[T], mistakes: Mistakes) -> T:
    """Read `value` as a `type_`; whatever cannot be read is noted in `mistakes` and left blank."""
    result = _shape_of(type_).read(value, (), mistakes)
    assert isinstance(result, type_)
    return result


@cache
def _shape_of(type_: type[Struct]) -> "_Shape":
    return _shape(inspect.type_info(type_), None)


class _Shape:
    """What a value must look like. `kinds` are the Python types that it may come in."""

    def __init__(self, expected: str, kinds: tuple[type, ...], blank: Any) -> None:
        self.expected, self.kinds, self._blank = expected, kinds, blank

    def accepts(self, value: object) -> bool:
        """Whether the value is of the right kind; a truth value is not a number."""
        return isinstance(value, self.kinds) and not isinstance(value, bool)

    def blank(self) -> Any:
        """Return a stand-in for a value that could not be read."""
        return self._blank

    def read(self, value: Any, path: Path, mistakes: Mistakes) -> Any:
        """Return the value in its type, or note a mistake and return a blank."""
        if not self.accepts(value):
            return self.refuse(value, path, mistakes)
        return value

    def refuse(self, value: object, path: Path, mistakes: Mistakes, why: str = "") -> Any:
        """Note that the value is not what was expected, and return a blank."""
        mistakes.add(path, self.expected + why, described(value))
        return self.blank()


class _Text(_Shape):
    def __init__(self, type_: inspect.StrType, expected: str | None) -> None:
        self._min, self._max = type_.min_length or 0, type_.max_length
        words = "text" if self._max is None else f"text of {self._min} to {self._max:,} characters"
        super().__init__(expected or words, (str,), "")
        self._matches = re.compile(type_.pattern).fullmatch if type_.pattern else None

    def read(self, value: Any, path: Path, mistakes: Mistakes) -> Any:
        if not isinstance(value, str):
            # YAML reads a bare `yes`, `0123` or `2026-12-05` as something else than text.
            why = ", written in quotes" if isinstance(value, bool | int | float | date) else ""
            return self.refuse(value, path, mistakes, why)
        if len(value) < self._min or (self._max is not None and len(value) > self._max):
            return self.refuse(value, path, mistakes)
        if self._matches is not None and not self._matches(value):
            return self.refuse(value, path, mistakes)
        if not value.isascii() and not _is_unicode(value):
            return self.refuse(ascii(value), path, mistakes, " without broken characters")
        return value


class _Truth(_Shape):
    def __init__(self, _: inspect.BoolType, expected: str | None) -> None:
        super().__init__(expected or "true or false", (bool,), False)

    def accepts(self, value: object) -> bool:
        return isinstance(value, bool)


class _Number(_Shape):
    def __init__(self, type_: inspect.IntType | inspect.FloatType, expected: str | None) -> None:
        self._is_whole = isinstance(type_, inspect.IntType)
        self._low = type_.ge if type_.ge is not None else type_.gt
        self._high, self._above = type_.le, type_.gt is not None
        noun = "a whole number" if self._is_whole else "a number"
        words = f"{noun} {_range_words(self._low, self._high, self._above)}".rstrip()
        super().__init__(expected or words, (int,) if self._is_whole else (int, float), 0)

    def read(self, value: Any, path: Path, mistakes: Mistakes) -> Any:
        if not self.accepts(value):
            why = " (without quotes)" if isinstance(value, str) else ""
            return self.refuse(value, path, mistakes, why)
        if self._low is not None and (value < self._low or (self._above and value == self._low)):
            return self.refuse(value, path, mistakes)
        if self._high is not None and value > self._high:
            return self.refuse(value, path, mistakes)
        if self._is_whole:
            return value
        try:
            number = float(value)
        except OverflowError:
            return self.refuse(value, path, mistakes)
        return number if isfinite(number) else self.refuse(value, path, mistakes)


class _Choice(_Shape):
    """One of a few words, or of a few literal values."""

    def __init__(self, choices: dict[Any, Any], expected: str | None) -> None:
        words = " or ".join(str(choice) for choice in choices)
        super().__init__(expected or words, (str, int), next(iter(choices.values())))
        self._choices = choices

    def read(self, value: Any, path: Path, mistakes: Mistakes) -> Any:
        if self.accepts(value) and value in self._choices:
            return self._choices[value]
        why = mistakes.suggest(value, [*map(str, self._choices)]) if isinstance(value, str) else ""
        return self.refuse(value, path, mistakes, why)


class _Moment(_Shape):
    """A point in time that does not depend on where the server stands."""

    def __init__(self, _: inspect.DateTimeType, expected: str | None) -> None:
        super().__init__(expected or "a date and time with its UTC offset", (datetime,), None)

    def read(self, value: Any, path: Path, mistakes: Mistakes) -> Any:
        moment = value
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                return self.refuse(value, path, mistakes)
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            return self.refuse(value, path, mistakes)
        return moment


class _List(_Shape):
    def __init__(self, type_: inspect.ListType, expected: str | None) -> None:
        self._item = _shape(type_.item_type, None)
        self._min, self._max = type_.min_length or 0, type_.max_length
        words = "a list" if self._max is None else f"a list of {self._min} to {self._max:,} items"
        super().__init__(expected or words, (list, tuple), [])

    def read(self, value: Any, path: Path, mistakes: Mistakes) -> Any:
        if not self.accepts(value) or len(value) < self._min:
            return self.refuse(value, path, mistakes)
        if self._max is not None and len(value) > self._max:
            mistakes.add(path, self.expected, f"{len(value):,} items")
            return []
        read = self._item.read
        return [read(item, (*path, index), mistakes) for index, item in enumerate(value)]


class _Tuple(_Shape):
    def __init__(self, type_: inspect.TupleType, expected: str | None) -> None:
        self._items = [_shape(item, None) for item in type_.item_types]
        blank = tuple(item.blank() for item in self._items)
        super().__init__(expected or f"a list of {len(self._items)}", (list, tuple), blank)

    def read(self, value: Any, path: Path, mistakes: Mistakes) -> Any:
        if not self.accepts(value) or len(value) != len(self._items):
            return self.refuse(value, path, mistakes)
        return tuple(
            item.read(part, (*path, index), mistakes)
            for index, (item, part) in enumerate(zip(self._items, value, strict=True))
        )


class _Map(_Shape):
    def __init__(self, type_: inspect.DictType, expected: str | None) -> None:
        self._key, self._value = _shape(type_.key_type, None), _shape(type_.value_type, None)
        self._max = type_.max_length
        super().__init__(expected or "a map of texts to texts", (dict,), {})

    def read(self, value: Any, path: Path, mistakes: Mistakes) -> Any:
        if not self.accepts(value):
            return self.refuse(value, path, mistakes)
        if self._max is not None and len(value) > self._max:
            mistakes.add(path, f"at most {self._max} entries", f"{len(value):,} entries")
            return {}
        entries = {}
        for key, item in value.items():
            here = (*path, str(key))
            read_key = self._key.read(key, here, mistakes)
            is_key_sound = not mistakes.spoil(here)
            read_item = self._value.read(item, here, mistakes)
            if is_key_sound:
                entries[read_key] = read_item
        return entries


class _Fields(_Shape):
    """A map with known keys."""

    def __init__(self, type_: inspect.StructType, expected: str | None) -> None:
        self._cls = type_.cls
        self._fields = {
            field.encode_name: (
                field.name,
                _shape(field.type, None),
                field.default is NODEFAULT and field.default_factory is NODEFAULT,
            )
            for field in type_.fields
        }
        self._keys = ", ".join(self._fields)
        super().__init__(expected or f"a map with {self._keys}", (dict,), None)

    def blank(self) -> Any:
        required = (field for field in self._fields.values() if field[2])
        return self._cls(**{name: shape.blank() for name, shape, _ in required})

    def read(self, value: Any, path: Path, mistakes: Mistakes) -> Any:
        if not self.accepts(value):
            return self.refuse(value, path, mistakes)
        parts: dict[str, Any] = {}
        for key, (name, shape, is_required) in self._fields.items():
            if key in value:
                parts[name] = shape.read(value[key], (*path, key), mistakes)
            elif is_required:
                parts[name] = shape.refuse(None, (*path, key), mistakes)
        if value.keys() - self._fields.keys():
            self._refuse_unknown(value, path, mistakes)
        return self._cls(**parts)

    def _refuse_unknown(self, value: dict[Any, Any], path: Path, mistakes: Mistakes) -> None:
        for key in value:
            if key not in self._fields:
                word = str(key)
                expected = f"only {self._keys}" + mistakes.suggest(word, self._fields)
                mistakes.add((*path, word), expected, f'the unknown key "{word[:60]}"')


class _Union(_Shape):
    """One of several shapes, told apart by their kinds."""

    def __init__(self, type_: inspect.UnionType, expected: str | None) -> None:
        options = [option for option in type_.types if not isinstance(option, inspect.NoneType)]
        self._shapes = [_shape(option, expected) for option in options]
        self._allows_none = len(options) < len(type_.types)
        words = " or ".join(dict.fromkeys(shape.expected for shape in self._shapes))
        blank = None if self._allows_none else self._shapes[0].blank()
        super().__init__(expected or words, (), blank)

    def accepts(self, value: object) -> bool:
        return any(shape.accepts(value) for shape in self._shapes)

    def read(self, value: Any, path: Path, mistakes: Mistakes) -> Any:
        if value is None and self._allows_none:
            return None
        # With a single shape its own refusal says more than this one's.
        for shape in self._shapes:
            if len(self._shapes) == 1 or shape.accepts(value):
                return shape.read(value, path, mistakes)
        is_bare = isinstance(value, bool | int | float | date) and self.accepts("")
        return self.refuse(value, path, mistakes, " (write texts in quotes)" if is_bare else "")


def _shape(type_: inspect.Type, expected: str | None) -> _Shape:
    if isinstance(type_, inspect.Metadata):
        return _shape(type_.type, (type_.extra or {}).get("expected", expected))
    return _MAKERS[type(type_)](type_, expected)


_MAKERS: dict[type[inspect.Type], Callable[[Any, str | None], _Shape]] = {
    inspect.StrType: _Text,
    inspect.BoolType: _Truth,
    inspect.IntType: _Number,
    inspect.FloatType: _Number,
    inspect.EnumType: lambda type_, words: _Choice({str(m): m for m in type_.cls}, words),
    inspect.LiteralType: lambda type_, words: _Choice({v: v for v in type_.values}, words),
    inspect.DateTimeType: _Moment,
    inspect.ListType: _List,
    inspect.TupleType: _Tuple,
    inspect.DictType: _Map,
    inspect.StructType: _Fields,
    inspect.UnionType: _Union,
}


def _range_words(low: float | None, high: float | None, above: bool) -> str:
    if low is not None and high is not None:
        return f"{'above' if above else 'from'} {low:,} {'up ' if above else ''}to {high:,}"
    if low is not None:
        return f"{'above' if above else 'of at least'} {low:,}"
    return "" if high is None else f"of at most {high:,}"


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # A lone surrogate: it could be neither stored nor sent.
        return False
    return True
