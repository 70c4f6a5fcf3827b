import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from scripts.load import Load
from scripts.load_connection import LoadFailed
from scripts.load_frames import PONG, Claims, JsonEncoding

LIMIT_S = 20.0
WELCOME = b'{"t":"welcome","session":"s","applied":0}'
HANDSHAKE = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


def framed(data: bytes) -> bytes:
    if len(data) < 126:
        return bytes((0x81, len(data))) + data
    return struct.pack("!BBH", 0x81, 126, len(data)) + data


Answer = Callable[[int], bytes]
"""What a server of these tests sends for the claim with this number; below 0: for a pong."""


def accepted_and_saved(n: int) -> bytes:
    answer = framed(b'{"t":"accepted","n":%d,"points":10}' % n)
    return answer + framed(b'{"t":"saved","n":%d}' % n)


def _exact(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (more := sock.recv(count - len(data))):
        data += more
    return data


def _serve(sock: socket.socket, handshake: bytes, first: bytes, answer: Answer) -> None:
    """Play a server for one connection: one frame back for each frame."""
    with sock, suppress(ConnectionError):  # Where the test is that the load gives up.
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += sock.recv(1)
        sock.sendall(handshake)
        n = 0
        while len(start := _exact(sock, 6)) == 6:  # Short frames, each with a key of zero.
            _exact(sock, start[1] & 0x7F)
            if start[0] == PONG:
                sock.sendall(answer(-n))
                continue
            n += 1
            sock.sendall(first if n == 1 else answer(n - 1))


@contextmanager
def serving(
    answer: Answer, handshake: bytes = HANDSHAKE, first: bytes = framed(WELCOME)
) -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threads: list[threading.Thread] = []

        def accept() -> None:
            while True:
                try:
                    sock, _ = listening.accept()
                except OSError:
                    return  # The test is over.
                arguments = (sock, handshake, first, answer)
                threads.append(threading.Thread(target=_serve, args=arguments))
                threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield listening.getsockname()
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join(LIMIT_S)
            for thread in threads:
                thread.join(LIMIT_S)


@contextmanager
def loading(address: tuple[str, int], teams: int = 2, locations: int = 90_000) -> Iterator[Load]:
    encoding = JsonEncoding()
    with Load(address, encoding, Claims(encoding, locations)) as load:
        load.connect(["CODE"] * teams, "/ws", lambda: None)
        yield load


def test_a_closed_loop_counts_answers_and_measures_until_saved() -> None:
    with serving(accepted_and_saved) as address, loading(address) as load:
        measured = load.closed_loop(4, 0.05)
        assert measured.accepted == len(measured.answer_s) == len(measured.saved_s)
        assert measured.accepted == load.claims_sent > 8
        assert 0 < measured.answered <= measured.accepted
        assert (measured.refused, measured.exhausted) == (0, 0)
        assert min(measured.answer_s) > 0


def test_a_saved_may_ride_on_an_answer() -> None:
    def answer(n: int) -> bytes:
        rides = b',"saved":5' if n == 5 else b""
        return framed(b'{"t":"accepted","n":%d%s}' % (n, rides))

    with serving(answer) as address, loading(address, teams=1, locations=5) as load:
        measured = load.closed_loop(1, 0.1)
        assert len(measured.saved_s) == measured.accepted == 5
        assert measured.exhausted == 1


def test_pushes_between_answers_are_passed_over_even_in_pieces() -> None:
    push = framed(b'{"t":"leaderboard","leaderboard":[%s]}' % (b"1," * 20_000))

    def answer(n: int) -> bytes:
        return push + accepted_and_saved(n) + push

    with serving(answer) as address, loading(address, locations=20) as load:
        measured = load.closed_loop(2, 0.3)
        assert measured.accepted == load.claims_sent
        assert measured.refused == 0


def test_refusals_are_counted_apart() -> None:
    def answer(n: int) -> bytes:
        return framed(b'{"t":"refused","n":%d,"reason":"busy"}' % n) + framed(
            b'{"t":"saved","n":%d}' % n
        )

    with serving(answer) as address, loading(address, locations=5) as load:
        measured = load.closed_loop(1, 0.1)
        assert (measured.accepted, measured.refused) == (0, 10)


def test_an_open_loop_sends_what_was_planned_and_counts_from_the_planned_time() -> None:
    def late(n: int) -> bytes:
        if n == 1:
            threading.Event().wait(0.2)  # A stall: the claims planned meanwhile all wait.
        return accepted_and_saved(n)

    with serving(late) as address, loading(address, teams=1) as load:
        measured = load.open_loop(per_s=100.0, seconds=0.3)
        assert measured.accepted == 30
        assert sum(latency > 0.05 for latency in measured.answer_s) >= 10


def test_an_echo_needs_no_saved() -> None:
    claim = b'{"t":"claim","n":1}'
    with serving(lambda _: framed(claim), first=framed(claim)) as address:
        encoding = JsonEncoding()
        with Load(address, encoding, Claims(encoding, 1_000)) as load:
            load.connect_to_echo(2, lambda: None)
            assert load.closed_loop(3, 0.1).answered > 0


def test_a_ping_is_answered_so_that_long_runs_stay_connected() -> None:
    claims = 0

    def answer(n: int) -> bytes:
        nonlocal claims
        if n > 0:
            return b"\x89\x02hi"
        claims += 1
        return accepted_and_saved(claims)

    with serving(answer) as address, loading(address, teams=1, locations=5) as load:
        assert load.closed_loop(1, 0.1).accepted == 5


def test_a_server_that_hangs_up_fails_the_run() -> None:
    error = framed(b'{"t":"error","code":"unknown_code"}')
    with (
        serving(accepted_and_saved, first=error) as address,
        pytest.raises(LoadFailed, match="unknown_code"),
        loading(address),
    ):
        pass


def test_a_server_that_is_full_fails_the_run_with_its_words() -> None:
    with (
        serving(accepted_and_saved, b"HTTP/1.1 503 Service Unavailable\r\n\r\n") as address,
        pytest.raises(LoadFailed, match="503 Service Unavailable"),
        loading(address),
    ):
        pass


def test_missing_answers_fail_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.load.DRAIN_S", 0.3)
    unsaved = framed(b'{"t":"accepted","n":1}')
    with (
        serving(lambda _: unsaved) as address,
        loading(address, locations=3) as load,
        pytest.raises(LoadFailed, match="0 claims were not answered, 6 not saved"),
    ):
        load.closed_loop(1, 0.1)
