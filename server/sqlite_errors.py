"""What SQLite's errors mean to an operator, and whether waiting can help."""

import sqlite3

PRIMARY_CODE_MASK = 0xFF
"""The low byte of an extended result code is its primary one (sqlite.org/rescode.html)."""

PASSING_CODES = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
    }
)
"""Troubles of the machine around the file; the file itself needs no repair."""


def may_pass(error: sqlite3.Error) -> bool:
    """Whether the same statement may succeed later without anybody touching the file."""
    return _primary_code(error) in PASSING_CODES


def explain(error: sqlite3.Error) -> str:
    """What is the matter and what to do, in plain words."""
    match _primary_code(error):
        case sqlite3.SQLITE_FULL:
            return "The disk is full. Make room."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "Another program keeps the database locked. Close it."
        case sqlite3.SQLITE_READONLY:
            return "The database cannot be written to. Check its rights and its disk."
        case sqlite3.SQLITE_NOTADB:
            return "This is not a SQLite file. Give Cairn a file of its own with --db."
        case sqlite3.SQLITE_CORRUPT:
            return f"The database is damaged ({error}). Restore it from a backup."
        case sqlite3.SQLITE_IOERR:
            return f"The disk reports an error ({error}). Check it."
        case _:
            return f"SQLite says: {error}"


def _primary_code(error: sqlite3.Error) -> int:
    # Errors that the Python module finds by itself carry no code.
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & PRIMARY_CODE_MASK
