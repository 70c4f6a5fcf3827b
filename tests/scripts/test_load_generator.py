"""The load generators, each against the same servers: what one measures, the other must, too."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from actors.domain.ids import LocationId
from scripts.bench_children import CannotStart, c_echo, compiled
from scripts.load_connection import LoadFailed
from scripts.load_frames import CODE, ENCODINGS, location_id
from scripts.load_generator import KINDS, Generator, Players, generator, name, program
from server.protocol import JsonWire, MsgpackWire, Wire, encode_map
from server.replies import Accepted, Refused, Saved
from server.requests import Claim, Join
from tests.scripts.test_load import HANDSHAKE, accepted_and_saved, framed, serving

WIRES: dict[str, Wire] = {"json": JsonWire(), "msgpack": MsgpackWire()}

Playing = Callable[[Players], AbstractContextManager[Generator]]

HAS_COMPILER = shutil.which("cc") is not None or shutil.which("gcc") is not None


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path | None]:
    folder = tmp_path_factory.mktemp("programs")
    return {"c": program("auto", folder), "python": program("python", folder)}


@pytest.fixture(params=["c", "python"])
def playing(
    request: pytest.FixtureRequest, built: dict[str, Path | None], tmp_path: Path
) -> Playing:
    kind = str(request.param)
    if kind == "c" and not HAS_COMPILER:
        pytest.skip("there is no C compiler")
    return lambda players: generator(built[kind], players, tmp_path)


def players(
    address: tuple[str, int], count: int = 2, locations: int = 90_000, drain_s: float = 10.0
) -> Players:
    return Players(address, "json", "/ws", ["CODE"] * count, locations, drain_s)


# What is measured ---------------------------------------------------------------------------


def test_a_closed_loop_counts_answers_and_measures_until_saved(playing: Playing) -> None:
    with serving(accepted_and_saved) as address, playing(players(address)) as load:
        phase = load.closed_loop(4, 0.2)
        assert 8 < phase.answered <= phase.accepted
        assert (phase.refused, phase.exhausted) == (0, 0)
        assert 0 < (phase.answers.p50_s or 0) <= (phase.answers.p95_s or 0)
        assert (
            (phase.answers.p95_s or 0) <= (phase.answers.p99_s or 0) <= (phase.answers.max_s or 0)
        )
        assert 0 <= (phase.saves.p50_s or 0) <= (phase.saves.max_s or 0) < 1
        assert 0.2 <= phase.seconds < 2
        assert 0 < phase.busy <= 1


def test_phases_follow_each_other_until_everything_is_found(playing: Playing) -> None:
    with serving(accepted_and_saved) as address, playing(players(address, locations=50)) as load:
        accepted = [load.closed_loop(depth, 0.1).accepted for depth in (1, 3)]
        last = load.closed_loop(1, 0.05)
    assert sum(accepted) == 100
    assert (last.accepted, last.exhausted, last.answers.p50_s) == (0, 2, None)


def test_a_saved_may_ride_on_an_answer(playing: Playing) -> None:
    def answer(n: int) -> bytes:
        rides = b',"saved":5' if n == 5 else b""
        return framed(b'{"t":"accepted","n":%d%s}' % (n, rides))

    with serving(answer) as address, playing(players(address, 1, 5)) as load:
        phase = load.closed_loop(1, 0.1)
    assert (phase.accepted, phase.exhausted) == (5, 1)
    assert (phase.saves.max_s or 0) > (phase.saves.p50_s or 0)


def test_pushes_between_answers_are_passed_over_even_in_pieces(playing: Playing) -> None:
    push = framed(b'{"t":"leaderboard","leaderboard":[%s]}' % (b"1," * 20_000))

    def answer(n: int) -> bytes:
        return push + accepted_and_saved(n) + push

    with serving(answer) as address, playing(players(address, locations=20)) as load:
        phase = load.closed_loop(2, 0.3)
    assert (phase.accepted, phase.refused) == (40, 0)


def test_refusals_are_counted_apart(playing: Playing) -> None:
    def answer(n: int) -> bytes:
        saved = framed(b'{"t":"saved","n":%d}' % n)
        return framed(b'{"t":"refused","n":%d,"reason":"busy"}' % n) + saved

    with serving(answer) as address, playing(players(address, locations=5)) as load:
        phase = load.closed_loop(1, 0.1)
    assert (phase.accepted, phase.refused) == (0, 10)


def test_an_open_loop_sends_what_was_planned_and_counts_from_the_planned_time(
    playing: Playing,
) -> None:
    def late(n: int) -> bytes:
        if n == 1:
            threading.Event().wait(0.2)  # A stall: the claims planned meanwhile all wait.
        return accepted_and_saved(n)

    with serving(late) as address, playing(players(address, 1)) as load:
        phase = load.open_loop(per_s=100.0, seconds=0.3)
    assert phase.accepted == 30
    assert (phase.answers.p50_s or 0) > 0.02, "half of them were planned during the stall"
    assert (phase.answers.max_s or 0) >= 0.19


def test_a_ping_is_answered_so_that_long_runs_stay_connected(playing: Playing) -> None:
    claims = 0

    def answer(n: int) -> bytes:
        nonlocal claims
        if n > 0:
            return b"\x89\x02hi"
        claims += 1
        return accepted_and_saved(claims)

    with serving(answer) as address, playing(players(address, 1, 5)) as load:
        assert load.closed_loop(1, 0.1).accepted == 5


# What fails ---------------------------------------------------------------------------------


def test_a_server_that_says_no_fails_the_run(playing: Playing) -> None:
    error = framed(b'{"t":"error","code":"unknown_code"}')
    with (
        serving(accepted_and_saved, first=error) as address,
        pytest.raises(LoadFailed, match="unknown_code"),
        playing(players(address)),
    ):
        pass


def test_a_server_that_is_full_fails_the_run_with_its_words(playing: Playing) -> None:
    with (
        serving(accepted_and_saved, b"HTTP/1.1 503 Service Unavailable\r\n\r\n") as address,
        pytest.raises(LoadFailed, match="503 Service Unavailable"),
        playing(players(address)),
    ):
        pass


def test_a_server_that_hangs_up_fails_the_run(playing: Playing) -> None:
    with (
        serving(lambda _: b"\x88\x02\x03\xe8") as address,
        playing(players(address, 1, 5, drain_s=0.3)) as load,
        pytest.raises(LoadFailed),
    ):
        load.closed_loop(1, 0.1)


def test_no_server_is_a_failure(playing: Playing) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
    with pytest.raises((LoadFailed, OSError), match="refused"), playing(players(address)):
        pass


def test_missing_answers_fail_the_run(playing: Playing) -> None:
    def unsaved(n: int) -> bytes:
        return framed(b'{"t":"accepted","n":%d}' % n)

    with (
        serving(unsaved) as address,
        playing(players(address, locations=3, drain_s=0.3)) as load,
        pytest.raises(LoadFailed, match="0 claims were not answered, 6 not saved"),
    ):
        load.closed_loop(1, 0.1)


@pytest.mark.skipif(not HAS_COMPILER, reason="there is no C compiler")
def test_an_answer_to_another_claim_fails_the_run(
    built: dict[str, Path | None], tmp_path: Path
) -> None:
    with (
        serving(lambda n: accepted_and_saved(n + 1)) as address,
        generator(built["c"], players(address, 1, 5), tmp_path) as load,
        pytest.raises(LoadFailed, match="claim 2 was answered while 1 was due"),
    ):
        load.closed_loop(1, 0.1)


# What is said -------------------------------------------------------------------------------


@contextmanager
def listening(kind: str, heard: list[bytes]) -> Iterator[tuple[str, int]]:
    """The library that the server uses, with the server's own words: every third is refused."""
    wire, subprotocol = WIRES[kind], ENCODINGS[kind].subprotocol

    def say(connection: ServerConnection, data: bytes) -> None:
        connection.send(data.decode() if kind == "json" else data)

    def play(connection: ServerConnection) -> None:
        heard.append(_bytes(connection.recv()))
        connection.send(encode_map(subprotocol, {"t": "welcome", "session": "s", "applied": 0}))
        for n, message in enumerate(connection, 1):
            heard.append(_bytes(message))
            is_refused = n % 3 == 0
            answer = (
                Refused(n, "busy", "Wait", 0.5) if is_refused else Accepted(n, points=10, saved=n)
            )
            say(connection, wire.encode(answer))
            if is_refused:
                say(connection, wire.encode(Saved(n)))

    subprotocols = [Subprotocol(subprotocol)]
    with serve(play, "127.0.0.1", 0, subprotocols=subprotocols, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.socket.getsockname()
        server.shutdown()
        thread.join()


def _bytes(message: str | bytes) -> bytes:
    return message.encode() if isinstance(message, str) else message


@pytest.mark.parametrize("kind", sorted(WIRES))
def test_both_generators_say_what_the_server_expects_and_understand_it(
    kind: str, playing: Playing
) -> None:
    heard: list[bytes] = []
    with listening(kind, heard) as address:
        one = Players(address, kind, "/ws", ["K7QX3M2P"], 300)
        with playing(one) as load:
            phase = load.closed_loop(9, 0.5)
            phase = phase if phase.exhausted else load.closed_loop(9, 5.0)
    assert phase.exhausted == 1
    assert WIRES[kind].opening(heard[0]) == Join("K7QX3M2P", "Load")
    expected = [Claim(n, LocationId(location_id(n % 300)), code=CODE) for n in range(1, 301)]
    assert [WIRES[kind].player(data) for data in heard[1:]] == expected


# A bare echo, and the choice ----------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(WIRES))
@pytest.mark.skipif(not HAS_COMPILER, reason="there is no C compiler")
def test_an_echo_needs_no_saved(kind: str, playing: Playing, tmp_path: Path) -> None:
    found = compiled("bench_echo.c", tmp_path)
    assert found is not None
    with c_echo(found, tmp_path) as child:
        with playing(Players(child.address, f"{kind}-echo", "/ws", ["", ""], 10_000)) as load:
            phase = load.closed_loop(3, 0.1)
        child.stop()
    assert phase.accepted >= phase.answered > 0
    assert phase.saves.max_s is None


@pytest.mark.skipif(not HAS_COMPILER, reason="there is no C compiler")
def test_the_echo_in_c_takes_any_mask_and_bytes_that_come_one_by_one(tmp_path: Path) -> None:
    found = compiled("bench_echo.c", tmp_path)
    assert found is not None
    key, text = b"\x01\x02\x03\x04", b"some words"
    frame = b"\x81\x8a" + key + bytes(one ^ key[i % 4] for i, one in enumerate(text))
    with c_echo(found, tmp_path) as child, socket.create_connection(child.address, 10.0) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET / HTTP/1.1\r\n\r\n" + frame * 2:
            sock.sendall(bytes((byte,)))
        said = b""
        while not said.endswith((b"\x81\x0a" + text) * 2):
            said += sock.recv(1_000)
    assert said.startswith(HANDSHAKE[:12])


def test_without_a_compiler_python_makes_the_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert {kind: kind == "c" or program(kind, tmp_path) for kind in KINDS} == {
        "auto": None,
        "c": True,
        "python": None,
    }
    assert name(None).startswith("Python")
    with pytest.raises(CannotStart, match="no C compiler"):
        program("c", tmp_path)


def test_a_wire_that_only_c_knows_is_refused_by_python(tmp_path: Path) -> None:
    one = Players(("127.0.0.1", 1), "other", "/ws", [""], 1)
    with (
        pytest.raises(LoadFailed, match="needs the load generator in C"),
        generator(None, one, tmp_path),
    ):
        pass
