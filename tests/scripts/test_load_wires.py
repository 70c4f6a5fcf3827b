"""What `load.c` says to servers that are not Cairn, against the library's own websockets."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgpack  # type: ignore[import-untyped]
import pytest
from websockets.sync.server import ServerConnection, serve

from scripts.bench_peers_servers import SOCKETIO_PATH
from scripts.load_connection import LoadFailed
from scripts.load_figures import Phase
from scripts.load_frames import CODE, location_id
from scripts.load_generator import Players, generator, program

pytestmark = pytest.mark.skipif(
    shutil.which("cc") is None and shutil.which("gcc") is None, reason="there is no C compiler"
)

LOCATIONS = 300

Play = Callable[[ServerConnection], None]


@contextmanager
def serving(play: Play) -> Iterator[tuple[str, int]]:
    with serve(play, "127.0.0.1", 0, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.socket.getsockname()
        server.shutdown()
        thread.join()


def find_everything(play: Play, wire: str, path: str, each: str, folder: Path) -> Phase:
    with serving(play) as address:
        one = Players(address, wire, path, [each], LOCATIONS)
        with generator(program("c", folder), one, folder) as load:
            return load.closed_loop(7, 3.0)


def test_socketio_is_opened_asked_with_acknowledgements_and_its_pings_are_answered(
    tmp_path: Path,
) -> None:
    heard: list[str] = []

    def play(connection: ServerConnection) -> None:
        assert connection.request is not None
        heard.append(connection.request.path)
        connection.send('0{"sid":"a","pingInterval":25000}')
        heard.append(str(connection.recv()))
        connection.send('40{"sid":"b"}')
        connection.send("2")
        heard.append(str(connection.recv()))
        for n, message in enumerate(connection, 1):
            heard.append(str(message))
            connection.send('42["push",{"t":"accepted"}]')
            word = "accepted" if n % 3 else "refused"
            connection.send(f'43{n}[{{"t":"{word}","points":10}}]')

    phase = find_everything(play, "socketio", SOCKETIO_PATH, "T1", tmp_path)
    assert heard[:3] == [SOCKETIO_PATH, '40{"code":"T1"}', "3"]
    assert len(heard) == 3 + LOCATIONS
    for n, message in enumerate(heard[3:], 1):
        assert message.startswith(f"42{n}[")
        body = json.loads(message.removeprefix(f"42{n}"))
        assert body == ["claim", {"location": location_id(n % LOCATIONS), "code": CODE}]
    assert (phase.accepted, phase.refused, phase.saves.max_s) == (200, 100, None)


def test_colyseus_is_joined_and_answers_in_its_messages(tmp_path: Path) -> None:
    heard: list[bytes] = []

    def play(connection: ServerConnection) -> None:
        assert connection.request is not None
        heard.append(connection.request.path.encode())
        connection.send(b"\x0a\x05token\x04none")
        heard.append(_bytes(connection.recv()))
        for n, message in enumerate(connection, 1):
            heard.append(_bytes(message))
            word = "accepted" if n % 3 else "refused"
            # As its own packer writes it: the size of the map in two bytes.
            pairs = b"".join(map(msgpack.packb, ("n", n, "t", word, "points", 10)))
            connection.send(b"\x0d\xa6answer\xde\x00\x03" + pairs)

    phase = find_everything(play, "colyseus", "", "/p/r?sessionId=s", tmp_path)
    assert heard[:2] == [b"/p/r?sessionId=s", b"\x0a"]
    assert len(heard) == 2 + LOCATIONS
    for n, message in enumerate(heard[2:], 1):
        assert message.startswith(b"\x0d\xa5claim")
        body = msgpack.unpackb(message.removeprefix(b"\x0d\xa5claim"))
        assert body == {"n": n, "location": location_id(n % LOCATIONS), "code": CODE}
    assert (phase.accepted, phase.refused) == (200, 100)


@pytest.mark.parametrize(
    ("wire", "says"),
    [("socketio", '44{"message":"no entry"}'), ("colyseus", b"\x0b\xcd\x10\x80no entry")],
)
def test_a_server_that_lets_nobody_in_fails_the_run(
    wire: str, says: str | bytes, tmp_path: Path
) -> None:
    def play(connection: ServerConnection) -> None:
        connection.send(says)
        for _ in connection:
            pass

    with pytest.raises(LoadFailed, match="no entry"):
        find_everything(play, wire, "/", "T1", tmp_path)


def _bytes(message: str | bytes) -> bytes:
    assert isinstance(message, bytes)
    return message
