import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.file_lock import FileLock, FileLocked

HOLD_UNTIL_KILLED = """
import sys
from pathlib import Path
from server.file_lock import FileLock
lock = FileLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_the_second_lock_on_a_file_is_refused_and_names_the_holder(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "cairn.db"), FileLock(tmp_path / "cairn.db")
    first.acquire()
    with pytest.raises(FileLocked, match=rf"process {os.getpid()}\)"):
        second.acquire()
    first.release()


def test_a_released_lock_can_be_taken_by_another(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "cairn.db"), FileLock(tmp_path / "cairn.db")
    first.acquire()
    first.release()
    second.acquire()
    second.release()


def test_acquiring_and_releasing_twice_is_no_error(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "cairn.db")
    lock.acquire()
    lock.acquire()
    lock.release()
    lock.release()


def test_locks_on_two_files_do_not_meet(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "a.db"), FileLock(tmp_path / "b.db")
    first.acquire()
    second.acquire()
    first.release()
    second.release()


def test_a_killed_holder_leaves_the_lock_free(tmp_path: Path) -> None:
    path = tmp_path / "cairn.db"
    lock = FileLock(path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_UNTIL_KILLED, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(FileLocked, match=rf"process {holder.pid}\)"):
            lock.acquire()
        holder.kill()
    lock.acquire()
    lock.release()
