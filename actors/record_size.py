"""How much memory the records that wait for the disk take, about, at next to no cost."""

from collections.abc import Iterable, Sequence
from sys import getsizeof

from actors.domain.events import AnyEvent, HuntSeeded, LocationFound, Record

RECORD_BYTES = 300
"""Bytes of a record of whatever kind, with its slots in the queues: 220 to 310 were measured for a
find, which is nearly all there is."""

TEXT_BYTES_IGNORED = 128
"""Bytes of a text that are taken to be within `RECORD_BYTES`: names and ids, mostly shared."""

ITEM_BYTES = 80
"""Bytes of an item of a list in an event, such as a new rank after a correction."""

PLAN_ENTRY_BYTES = 512
"""Bytes of a location or team of a plan that is seeded, on its way to the disk as text; 300 were
measured for locations with clues and hints. The plan itself is kept by its hunt anyway."""


def estimated_bytes(records: Sequence[Record]) -> int:
    """Bytes of memory that the records take: between half and twice what it is.

    Finds all count the same. Of the others, long texts count exactly, whatever their letters.
    """
    others = [record.event for record in records if type(record.event) is not LocationFound]
    return RECORD_BYTES * len(records) + (_extras(others) if others else 0)


def _extras(events: Iterable[AnyEvent]) -> int:
    return sum(_extra(event) for event in events)


def _extra(event: AnyEvent) -> int:
    """Bytes beyond `RECORD_BYTES`."""
    if isinstance(event, HuntSeeded):
        return PLAN_ENTRY_BYTES * (len(event.plan.locations) + len(event.plan.teams))
    extra = 0
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if type(value) is str:
            size = getsizeof(value)
            if size > TEXT_BYTES_IGNORED:
                extra += size
        elif type(value) is tuple:
            extra += ITEM_BYTES * len(value)
    return extra
