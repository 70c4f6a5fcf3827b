"""A synchronous treasure-hunt engine, as one would write it first: the story's baseline.

Every claim is handled by a thread of a pool, in one database transaction, and answered when that
is on disk. It is a fair one: one connection to SQLite for each thread, in the journal mode and with
the synchronisation that Cairn uses, few and indexed statements, raw SQL, and a lock in the process
instead of SQLite's own waiting, which polls. Its protocol is as much of Cairn's as claims need.
"""

import argparse
import asyncio
import json
import signal
import sqlite3
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from scripts.bench_slow_disk import Disk
from server.protocol import JSON_SUBPROTOCOL

POINTS = 10
"""What every find is worth."""

SCHEMA = (
    "PRAGMA journal_mode = WAL",
    "CREATE TABLE teams (team TEXT PRIMARY KEY, score INTEGER NOT NULL)",
    "CREATE TABLE finds (location TEXT, team TEXT, rank INTEGER, PRIMARY KEY (location, team))",
)


class Engine:
    """The rules on a database. Called by many threads."""

    def __init__(self, db: Path, overlapping: Disk | None) -> None:
        """Make the database.

        Args:
            db: Its file.
            overlapping: The disk of a database whose commits overlap, as those of servers with a
                group commit do: each transaction waits for the disk, but none for another's.
        """
        self._db = db
        self._overlapping = overlapping
        self._writing = threading.Lock()
        self._own = threading.local()
        for sql in SCHEMA:
            self._connection().execute(sql)

    def join(self, team: str) -> None:
        """Let a team take part."""
        with self._writing:
            self._connection().execute("INSERT OR IGNORE INTO teams VALUES (?, 0)", (team,))

    def claim(self, team: str, n: int, location: str) -> str:
        """Decide and save one claim; its answer."""
        connection = self._connection()
        with self._writing:
            connection.execute("BEGIN IMMEDIATE")
            answer = self._decide(connection, team, n, location)
            connection.execute("COMMIT")
        if self._overlapping is not None:
            self._overlapping.wait()
        return answer

    def _decide(self, connection: sqlite3.Connection, team: str, n: int, location: str) -> str:
        sql = "SELECT 1 FROM finds WHERE location = ? AND team = ?"
        if connection.execute(sql, (location, team)).fetchone():
            return f'{{"t":"refused","n":{n},"reason":"already_found","saved":{n}}}'
        sql = "SELECT count(*) FROM finds WHERE location = ?"
        rank = connection.execute(sql, (location,)).fetchone()[0] + 1
        connection.execute("INSERT INTO finds VALUES (?, ?, ?)", (location, team, rank))
        sql = "UPDATE teams SET score = score + ? WHERE team = ? RETURNING score"
        (score,) = connection.execute(sql, (POINTS, team)).fetchone()
        fields = f'"points":{POINTS},"rank":{rank},"score":{score},"saved":{n}'
        return f'{{"t":"accepted","n":{n},{fields}}}'

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._db, timeout=60.0, isolation_level=None)
            connection.execute("PRAGMA synchronous = FULL")
            self._own.connection = connection
        return connection


class Desk:
    """Takes claims from connections and puts them to the pool, as many as its queue holds."""

    def __init__(self, engine: Engine, threads: int | None, queue: int) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(threads)
        self._room = asyncio.Semaphore(self._pool._max_workers + queue)

    async def serve(self, connection: ServerConnection) -> None:
        """One player."""
        loop = asyncio.get_running_loop()
        try:
            team = str(json.loads(await connection.recv())["code"])
            await loop.run_in_executor(self._pool, self._engine.join, team)
            await connection.send('{"t":"welcome","session":"-","applied":0}')
            async for message in connection:
                claim = json.loads(message)
                async with self._room:
                    answer = await loop.run_in_executor(
                        self._pool, self._engine.claim, team, claim["n"], claim["location"]
                    )
                await connection.send(answer)
        except ConnectionClosed:
            pass

    def close(self) -> None:
        """Let go of the threads."""
        self._pool.shutdown(wait=False, cancel_futures=True)


async def run(options: argparse.Namespace) -> None:
    """Listen on a free port until a signal comes."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    engine = Engine(options.db, options.overlapping and Disk(options.overlapping))
    desk = Desk(engine, options.threads, options.queue)
    protocols = [Subprotocol(JSON_SUBPROTOCOL)]
    listening = serve(desk.serve, "127.0.0.1", 0, compression=None, subprotocols=protocols)
    async with listening as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(f"The synchronous engine listens on http://127.0.0.1:{port}/", flush=True)
        await stopping.wait()
    desk.close()


def main(arguments: Sequence[str]) -> None:
    """Run the engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--db", type=Path, required=True)
    parser.add_argument("--threads", type=int, help="default: what Python's pool starts by itself")
    parser.add_argument("--queue", type=int, default=100, help="claims that wait for a thread")
    parser.add_argument("--overlapping", type=Path, help="the slow disk, when commits overlap")
    asyncio.run(run(parser.parse_args(arguments)))


if __name__ == "__main__":
    main(sys.argv[1:])
