import sqlite3

import pytest

from server.sqlite_errors import explain, may_pass


def error_with(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("as SQLite puts it")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    "code",
    [
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR_WRITE,
        sqlite3.SQLITE_IOERR_FSYNC,
        sqlite3.SQLITE_BUSY_SNAPSHOT,
        sqlite3.SQLITE_READONLY,
    ],
)
def test_troubles_of_the_disk_may_pass(code: int) -> None:
    assert may_pass(error_with(code))


@pytest.mark.parametrize(
    "code",
    [sqlite3.SQLITE_CORRUPT_VTAB, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR],
)
def test_troubles_of_the_file_do_not_pass(code: int) -> None:
    assert not may_pass(error_with(code))


def test_an_error_without_a_code_does_not_pass() -> None:
    assert not may_pass(sqlite3.ProgrammingError("wrong number of bindings"))


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (sqlite3.SQLITE_FULL, "Make room"),
        (sqlite3.SQLITE_BUSY, "Close it"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, "Check its rights"),
        (sqlite3.SQLITE_NOTADB, "--db"),
        (sqlite3.SQLITE_CORRUPT, "backup"),
        (sqlite3.SQLITE_IOERR_FSYNC, "Check it"),
        (sqlite3.SQLITE_ERROR, "as SQLite puts it"),
    ],
)
def test_every_explanation_says_what_to_do(code: int, advice: str) -> None:
    assert advice in explain(error_with(code))
