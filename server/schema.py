"""Whose a database file is, and whether its tables are of this version."""

import sqlite3
from importlib import import_module

APPLICATION_ID = 0x4341524E
"""`CARN`: marks a SQLite file as Cairn's, as sqlite.org/fileformat.html 1.3.14 provides."""

SQLITE_VERSION_MIN = (3, 37, 0)
"""The first SQLite with STRICT tables (November 2021)."""

MIGRATION_SET = "cairn"

MIGRATIONS = ("0001_journal", "0002_hunts_and_sessions", "0003_views")
"""All of `server.migrations`, by name."""


class StoreUnusable(Exception):
    """The database file cannot be used; the message tells the operator why and what to do."""


def check_ours(connection: sqlite3.Connection) -> None:
    """Make sure, without writing, that the file is empty or a Cairn's, and not a newer one's.

    Raises:
        StoreUnusable: when it is not, or when this SQLite is too old.
    """
    _check_version()
    _check_owner(connection)
    _check_age(connection)


def migrate(connection: sqlite3.Connection) -> None:
    """Make or bring up to date the tables and views of the file."""
    if set(MIGRATIONS) - _applied(connection):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        import_module("server.migrations").apply(connection)


def _check_version() -> None:
    if sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
        wanted = ".".join(map(str, SQLITE_VERSION_MIN))
        raise StoreUnusable(
            f"This Python comes with SQLite {sqlite3.sqlite_version}; Cairn needs {wanted} or newer."
        )


def _check_owner(connection: sqlite3.Connection) -> None:
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if owner != APPLICATION_ID and (owner != 0 or objects != 0):
        raise StoreUnusable(
            "This SQLite file belongs to another program. Give Cairn a file of its own with --db."
        )


def _check_age(connection: sqlite3.Connection) -> None:
    unknown = sorted(_applied(connection) - set(MIGRATIONS))
    if unknown:
        raise StoreUnusable(
            f"A newer Cairn made this file (it has {', '.join(unknown)}). Run that version."
        )


def _applied(connection: sqlite3.Connection) -> set[str]:
    """The migrations that the file has had, as sqlite-utils notes them."""
    table = "SELECT count(*) FROM sqlite_master WHERE name = '_sqlite_migrations'"
    if connection.execute(table).fetchone() == (0,):
        return set()
    sql = "SELECT name FROM _sqlite_migrations WHERE migration_set = ?"
    return {name for (name,) in connection.execute(sql, (MIGRATION_SET,))}
