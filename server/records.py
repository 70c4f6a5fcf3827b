"""Journal records to rows and back.

The way in is built for the hot path: the thread that commits shares the interpreter lock, and
often the core, with the event loop. `executemany` gives the lock up and fights for it again at
every row: with a busy loop a batch of 1,000 took 1.3 s that way (6 ms alone). So a batch is a few
statements with many rows each, which SQLite works on without the lock. Handing the batch over as
JSON, for SQLite to take apart, held the lock less but took four times the CPU (11 us a record).
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import msgspec

from actors.domain.events import AnyEvent, Event, Record

_INSERT_SQL = """
INSERT INTO events
  (position, hunt, at, kind, team, location, player, points, session, n, data)
VALUES """

_ROW_SQL = "(?,?,?,?,?,?,?,?,?,?,?)"

COLUMNS = 11
"""Values of one row."""

_QUERIED = ("team", "location", "player", "points")
"""Fields of an event that are columns of their own, beside `data`, to be queried."""

ROW_COLUMNS = "position, hunt, at, session, n, data"
"""What `decode_rows` wants of a row, in this order."""

Row = tuple[int, str, float, str | None, int | None, str]

_encoder = msgspec.json.Encoder()
_event_decoder = msgspec.json.Decoder(AnyEvent)
_events_decoder = msgspec.json.Decoder(list[AnyEvent])


class UnreadableRecord(Exception):
    """A row's event is none that this version of Cairn knows."""


@cache
def insert_sql(rows: int) -> str:
    """The statement that saves so many records; `encode_batch` makes its parameters."""
    return _INSERT_SQL + ",".join([_ROW_SQL] * rows)


def portions(rows: int) -> Iterator[int]:
    """A number of records as a sum of powers of two, the largest first.

    Compiling a statement costs SQLite as much as running it. Ten statements, one for each power,
    serve every batch and stay compiled.
    """
    for power in reversed(range(rows.bit_length())):
        if rows & 1 << power:
            yield 1 << power


@cache
def _kind_and_fields(event_type: type[Event]) -> tuple[str, tuple[str | None, ...]]:
    """The kind of an event, and which of the queried columns it fills. One entry a type."""
    fields = event_type.__struct_fields__
    named = tuple(name if name in fields else None for name in _QUERIED)
    return str(event_type.__struct_config__.tag), named


def encode_batch(batch: Sequence[Record]) -> list[Any]:
    """All values of the batch, row by row, as `insert_sql` wants them."""
    values: list[Any] = []
    encode = _encoder.encode
    for record in batch:
        event = record.event
        kind, fields = _kind_and_fields(type(event))
        values += (record.position, record.hunt, record.at, kind)
        values += [None if name is None else getattr(event, name) for name in fields]
        values += (record.session, record.n, encode(event).decode())
    return values


def decode_rows(rows: Iterable[Row]) -> list[Record]:
    """Rows with `ROW_COLUMNS` as records.

    Raises:
        UnreadableRecord: when an event is unknown or malformed.
    """
    rows = rows if isinstance(rows, list) else list(rows)
    if not rows:
        return []
    positions, hunts, times, sessions, numbers, data = zip(*rows, strict=True)
    # One document for all of them: half the time of one for each.
    try:
        events = _events_decoder.decode(f"[{','.join(data)}]")
    except msgspec.DecodeError:
        events = []
    if len(events) != len(rows):
        events = [_decode_one(position, one) for position, one in zip(positions, data, strict=True)]
    return list(map(Record, positions, hunts, times, events, sessions, numbers))


def _decode_one(position: int, data: str) -> AnyEvent:
    try:
        event: AnyEvent = _event_decoder.decode(data)
    except msgspec.DecodeError as error:
        raise UnreadableRecord(
            f"The record at position {position} cannot be read: {error}. Was the file written "
            "by a newer Cairn? Then run that version."
        ) from error
    return event
