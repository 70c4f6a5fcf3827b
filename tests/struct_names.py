"""What the code calls its messages, events and fields: for comparing documents with it."""

import inspect
from typing import Any

import msgspec
from msgspec import Struct


def fields(kind: type[Struct]) -> set[str]:
    """The names of a type's fields as they are sent."""
    return {one.encode_name for one in msgspec.structs.fields(kind)}


def tag(kind: type[Struct]) -> str:
    """What names a message or event on the wire or in the journal."""
    return str(kind.__struct_config__.tag)


def structs(module: Any) -> list[type[Struct]]:
    """The types that a module defines, without private ones."""
    found = inspect.getmembers(module, inspect.isclass)
    return [
        one
        for name, one in found
        if issubclass(one, Struct) and one.__module__ == module.__name__ and name[0] != "_"
    ]
