"""YAML as plans need it: plain maps, lists and values, each with its line, safe to read.

PyYAML's own composer recurses: 50,000 opening brackets crash the C version. So the document is
built here from parser events, which come one by one, with a bound on depth. Aliases and tags are
refused: nothing in a plan needs them, and aliases can blow a page of text up to gigabytes.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from actors.domain.plan_mistakes import Mistake, Path, quoted

DEPTH_MAX = 16
"""Deepest nesting of maps and lists; a plan needs six levels."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_KINDS = frozenset(("null", "bool", "int", "float", "timestamp"))
_TAGS = frozenset(("!", f"{_TAG}str", *(_TAG + kind for kind in _KINDS)))
_DECIMAL = re.compile(r"[-+]?[0-9_]+")


class UnreadableYaml(ValueError):
    """The text is no YAML that a plan may be written in; `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class Place:
    """Where a value stands in the text."""

    __slots__ = ("line", "parts", "value", "written")

    def __init__(self, line: int, value: object, written: str | None = None) -> None:
        self.line = line
        """Counts from 1. For a value in a map: the line of its key."""
        self.value = value
        self.written = written
        """The author's spelling of a number, date or truth value."""
        self.parts: dict[str | int, Place] = {}


class _Open:
    """A map or list whose end has not come yet."""

    __slots__ = ("_around", "key", "key_line", "place", "step")

    def __init__(self, place: Place, around: "_Open | None") -> None:
        self.place, self._around = place, around
        self.key: str | None = None
        """The key whose value comes next."""
        self.key_line = 0
        self.step: str | int = 0
        """The key or index of the value that came last."""

    def path(self) -> Path:
        """The path of the value that came last."""
        return (*self._around.path(), self.step) if self._around else (self.step,)


def parse_yaml(text: str) -> tuple[object, Place, list[tuple[int, Mistake]]]:
    """Return the document, the places of its parts, and the keys that came twice, with lines.

    Keys are always texts, as they are written. An empty text is an empty document, None.

    Raises:
        UnreadableYaml: The text is not YAML, or uses aliases, tags or deep nesting.
    """
    builder = _Builder()
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise UnreadableYaml(line, f"expected YAML, but {error.problem}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UnreadableYaml(line, "expected readable text, found a control character") from None
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise UnreadableYaml(line, "expected readable text, found half a character") from None
    root = builder.root or Place(1, None)
    return root.value, root, builder.repeated


def _events(text: str) -> Iterator[Any]:
    loader = _LOADER(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


class _Builder:
    """Builds the document from events, without recursion."""

    def __init__(self) -> None:
        self.root: Place | None = None
        self.repeated: list[tuple[int, Mistake]] = []
        self._open: list[_Open] = []
        self._resolver = Resolver()
        self._constructor = SafeConstructor()

    def take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        match event:
            case yaml.ScalarEvent() if self._awaits_key():
                self._open[-1].key, self._open[-1].key_line = event.value, line
            case yaml.ScalarEvent():
                value, written = self._scalar(event, line)
                self._add(Place(line, value, written))
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._start(event, line)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()
            case yaml.AliasEvent():
                found = f"the alias *{event.anchor}"
                raise UnreadableYaml(line, f"expected every part written out, found {found}")
            case yaml.DocumentStartEvent() if self.root is not None:
                raise UnreadableYaml(line, "expected one plan in a file, found a second one")

    def _awaits_key(self) -> bool:
        top = self._open[-1] if self._open else None
        return top is not None and isinstance(top.place.value, dict) and top.key is None

    def _start(self, event: Any, line: int) -> None:
        if self._awaits_key():
            raise UnreadableYaml(line, "expected a text as key, found a map or list")
        if len(self._open) >= DEPTH_MAX:
            raise UnreadableYaml(line, f"expected at most {DEPTH_MAX} levels, found more")
        is_map = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", f"{_TAG}{'map' if is_map else 'seq'}"):
            raise UnreadableYaml(line, f"expected no tags, found {event.tag}")
        place = Place(line, {} if is_map else [])
        self._open.append(_Open(place, self._add(place)))

    def _add(self, place: Place) -> "_Open | None":
        """Put a value where it belongs and return what it is in."""
        if not self._open:
            self.root = place
            return None
        top = self._open[-1]
        inside: Any = top.place.value
        if isinstance(inside, list):
            top.step = len(inside)
            inside.append(place.value)
            top.place.parts[top.step] = place
            return top
        assert top.key is not None
        top.step = key = top.key
        place.line, top.key = top.key_line, None
        if key in inside:
            found = f"{quoted(key)} again (first in line {top.place.parts[key].line})"
            self.repeated.append((place.line, Mistake(top.path(), "each key once", found)))
        else:
            inside[key] = place.value
            top.place.parts[key] = place
        return top

    def _scalar(self, event: Any, line: int) -> tuple[object, str | None]:
        """Return a scalar's value, and its spelling when it is not a text."""
        tag = event.tag
        if tag is None:
            resolve: Any = self._resolver.resolve
            tag = resolve(yaml.ScalarNode, event.value, event.implicit)
        elif tag not in _TAGS:
            raise UnreadableYaml(line, f"expected no tags, found {tag}")
        kind = tag.removeprefix(_TAG)
        if kind not in _KINDS:
            return event.value, None
        value = self._value(kind, event.value, tag)
        return value, None if isinstance(value, str) else event.value or None

    def _value(self, kind: str, text: str, tag: str) -> object:
        # YAML 1.1 reads 12:30 as 750 and 010 as 8. Nobody who writes a plan means that.
        if kind in ("int", "float") and ":" in text:
            return text
        try:
            if kind == "int" and _DECIMAL.fullmatch(text):
                return int(text.replace("_", ""))
            make = getattr(self._constructor, f"construct_yaml_{kind}")
            return make(yaml.ScalarNode(tag, text))
        except (ValueError, KeyError, AttributeError):  # 2026-13-45, or !!bool perhaps.
            return text
