"""Journal records to rows and back.

The way in is built for the hot path. The thread that commits shares the interpreter lock with the
event loop, and `executemany` gives the lock up and fights for it again at every row: with a busy
loop a batch of 1,000 took 1.3 s that way (6 ms alone). So a batch is encoded in one call, without
a line of Python per record (0.26 us each), and one statement takes it apart inside SQLite, where
the lock is not held. That costs SQLite more (8 us a record instead of 5), but on the other core.
"""

from collections.abc import Iterable, Sequence

import msgspec

from actors.domain.events import AnyEvent, Record
from actors.domain.ids import HuntId, SessionId

INSERT_BATCH_SQL = """
INSERT INTO events
  (position, hunt, at, kind, team, location, player, points, session, n, data)
SELECT
  json_extract(value, '$.position'),
  json_extract(value, '$.hunt'),
  json_extract(value, '$.at'),
  json_extract(value, '$.event.kind'),
  json_extract(value, '$.event.team'),
  json_extract(value, '$.event.location'),
  json_extract(value, '$.event.player'),
  json_extract(value, '$.event.points'),
  json_extract(value, '$.session'),
  json_extract(value, '$.n'),
  json_extract(value, '$.event')
FROM json_each(?)
"""
"""Takes what `encode_batch` makes. The columns beside `data` are there to be queried."""

ROW_COLUMNS = "position, hunt, at, session, n, data"
"""What `decode_rows` wants of a row, in this order."""

Row = tuple[int, str, float, str | None, int | None, str]

_encoder = msgspec.json.Encoder()
_event_decoder = msgspec.json.Decoder(AnyEvent)


class UnreadableRecord(Exception):  # noqa: N818 - named after what was found.
    """A row's event is none that this version of Cairn knows."""


def encode_batch(batch: Sequence[Record]) -> str:
    """The batch as the one parameter of `INSERT_BATCH_SQL`."""
    return _encoder.encode(batch).decode()


def decode_rows(rows: Iterable[Row]) -> list[Record]:
    """Rows with `ROW_COLUMNS` as records.

    Raises:
        UnreadableRecord: when an event is unknown or malformed.
    """
    decode = _event_decoder.decode
    records = []
    for position, hunt, at, session, n, data in rows:
        try:
            event = decode(data)
        except msgspec.DecodeError as error:
            raise UnreadableRecord(
                f"The record at position {position} cannot be read: {error}. Was the file written "
                "by a newer Cairn? Then run that version."
            ) from error
        records.append(
            Record(
                position=position,
                hunt=HuntId(hunt),
                at=at,
                event=event,
                session=None if session is None else SessionId(session),
                n=n,
            )
        )
    return records
