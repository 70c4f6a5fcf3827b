"""The peers of `bench.py peers`: how they are installed and started, and how their players get in."""

import http.client
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct

from scripts.bench_children import ROOT, CannotStart, Child, running
from scripts.load_connection import SOCKET_S, LoadFailed
from scripts.load_generator import Players

SOURCES = ROOT / "scripts" / "peers"
"""The peers' programs, with the versions of what they are made of."""

NODE_MAJOR_MIN = 20
"""Of Node: older ones are not maintained, and the pinned packages do not take them."""

INSTALL_S = 900.0
"""Seconds in which npm has everything; without a ready-made one it compiles SQLite."""

SOCKETIO_PATH = "/socket.io/?EIO=4&transport=websocket"

_LAST_WORDS = 500


class Peer(Struct, frozen=True):
    """One server that people would pick instead."""

    name: str
    program: str
    """The file among `SOURCES`, without its ending; also how claims look on the wire."""
    is_journaled: bool


PEERS = (
    Peer("Socket.IO, journaled", "socketio", True),
    Peer("Socket.IO, in memory", "socketio", False),
    Peer("Colyseus, journaled", "colyseus", True),
    Peer("Colyseus, in memory", "colyseus", False),
)


def install(folder: Path) -> None:
    """Put the peers and their packages into a folder, or leave those that are there already.

    Raises:
        CannotStart: there is no Node, or npm cannot get the packages.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise CannotStart("the peers need Node and npm (node, npm), which are not on the PATH")
    version = _said([node, "--version"])
    if int(version.lstrip("v").partition(".")[0] or 0) < NODE_MAJOR_MIN:
        raise CannotStart(f"the peers need Node {NODE_MAJOR_MIN} or newer, this is {version}")
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "package-lock.json"
    is_there = (folder / "node_modules").is_dir() and lock.is_file()
    is_same = is_there and lock.read_bytes() == (SOURCES / "package-lock.json").read_bytes()
    if not is_same:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCES / name, folder)
        # The peer dependencies are monitoring and other transports, which nothing here uses.
        options = ["--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error"]
        try:
            _said([npm, "ci", *options], folder)
        except CannotStart:
            shutil.rmtree(folder / "node_modules", ignore_errors=True)
            raise
    for source in SOURCES.glob("*.js"):
        shutil.copy(source, folder)


def _said(command: Sequence[str], folder: Path | None = None) -> str:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=INSTALL_S
        )
    except subprocess.TimeoutExpired:
        raise CannotStart(f"{command[0]} took more than {INSTALL_S:.0f} s") from None
    if done.returncode:
        raise CannotStart(f"{Path(command[0]).name} failed: {done.stderr[-_LAST_WORDS:].strip()}")
    return done.stdout.strip()


@contextmanager
def running_peer(peer: Peer, installed: Path, folder: Path, locations: int) -> Iterator[Child]:
    """The peer, with its journal in that folder if it keeps one."""
    command = ["node", str(installed / f"{peer.program}.js"), "--locations", str(locations)]
    if peer.is_journaled:
        command += ["--db", str(journal(peer, folder))]
    environment = os.environ | {"NODE_ENV": "production"}
    with running(command, environment, folder / "peer.log") as child:
        yield child


def players(peer: Peer, child: Child, count: int, locations: int) -> Players:
    """So many teams, ready to connect to a peer.

    Raises:
        LoadFailed: it does not let them in.
    """
    codes = [f"T{index:05d}" for index in range(count)]
    if peer.program == "socketio":
        return Players(child.address, peer.program, SOCKETIO_PATH, codes, locations)
    seats = _seats(child.address, codes)
    return Players(child.address, peer.program, "", seats, locations)


def _seats(address: tuple[str, int], codes: Sequence[str]) -> list[str]:
    """A path for each team, which Colyseus gives out over HTTP before they connect."""
    paths = []
    with closing(http.client.HTTPConnection(*address, timeout=SOCKET_S)) as connection:
        for code in codes:
            body = json.dumps({"code": code})
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/matchmake/joinOrCreate/hunt", body, headers)
            said = json.load(connection.getresponse())
            if "sessionId" not in said:
                raise LoadFailed(f"a peer gave no seat: {said}")
            room = said["room"]
            query = f"sessionId={said['sessionId']}"
            paths.append(f"/{room['processId']}/{room['roomId']}?{query}")
    return paths


def journal(peer: Peer, folder: Path) -> Path:
    """The file of a journaled peer."""
    return folder / f"{peer.program}.db"


def journaled(peer: Peer, folder: Path) -> int:
    """Finds in the journal of a peer that has ended."""
    with closing(sqlite3.connect(journal(peer, folder))) as connection:
        (count,) = connection.execute("SELECT count(*) FROM events").fetchone()
        return int(count)
