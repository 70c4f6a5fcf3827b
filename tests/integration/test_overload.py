"""Too much at once: what floods or never reads is held back, and nobody else is."""

import asyncio
import socket
from pathlib import Path

import pytest

from actors.dispatch import mailbox_of
from actors.domain.events import TeamSpoke
from actors.domain.ids import HuntId, TeamId
from server import connection
from server.connection import SLOW_CONSUMER_S, GatewayConnection
from server.outbox import OUTBOX_BYTES_MAX
from tests.integration.clients import Client, run
from tests.integration.games import SIMPLE, Game, healthy_game, playing, write_at_once
from tests.integration.harness import InProcessServer
from tests.integration.states import read_journal, until

OTTERS = TeamId("otters")

FLOOD = 300
"""Requests in one write: more than one connection may have without an answer."""


def test_a_flood_is_answered_busy_and_going_back_keeps_the_order(db: Path) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (game, server, healthy):
            ada = await game.join("otters")
            says = [{"t": "say", "n": n, "text": str(n)} for n in range(1, FLOOD + 1)]
            team = mailbox_of(server.app.core.directory.hunts[HuntId("harbour")].teams[OTTERS])
            team.suspend()  # Else it answers faster than anybody can flood it.
            write_at_once(ada, says)
            await until(lambda: server.app.core.counters.refused["busy"] > 0)
            team.resume()
            first_busy = await busy_from(ada, 1, FLOOD)
            assert 1 < first_busy < FLOOD
            await healthy.plays_on()
            # Whatever does not begin with the first busy one is busy, too.
            await ada.send({"t": "say", "n": FLOOD + 1, "text": "Out of turn."})
            assert (await ada.take("refused", n=FLOOD + 1))["reason"] == "busy"
            while first_busy <= FLOOD:
                write_at_once(ada, says[first_busy - 1 :])
                first_busy = await busy_from(ada, first_busy, FLOOD)
            await ada.saved(FLOOD)
        said = [
            (record.n, record.event.text)
            for record in read_journal(db)
            if isinstance(record.event, TeamSpoke) and record.event.team == "otters"
        ]
        assert said == [(n, str(n)) for n in range(1, FLOOD + 1)]

    run(scenario())


async def busy_from(client: Client, first: int, last: int) -> int:
    """Take the answers to a flood: accepted up to some number, busy from there on."""
    answers = {}
    for _ in range(first, last + 1):
        answer = await client.take("accepted|refused")
        answers[answer["n"]] = answer
    assert sorted(answers) == list(range(first, last + 1))
    busy = [n for n, answer in answers.items() if answer["t"] == "refused"]
    for n in busy:
        assert answers[n]["reason"] == "busy"
        assert answers[n]["retry_after"] > 0
    accepted = [n for n, answer in answers.items() if answer["t"] == "accepted"]
    assert accepted == list(range(first, first + len(accepted)))
    return first + len(accepted)


@pytest.mark.slow
def test_a_client_that_never_reads_is_cut_and_the_others_are_not(db: Path) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (game, server, healthy):
            slow = await connect_with_small_window(server)
            await slow.send({"t": "join", "code": game.codes["otters"], "name": "Slow"})
            await slow.take("welcome")
            slow.socket.transport.pause_reading()
            shrink_send_buffers(server)
            closed = server.app.core.counters.closed
            for number in range(400):
                if closed["slow_consumer"]:
                    break
                text = f"{number:04} " + "🧭" * 990
                await game.gm.done("announce", text=text, to="all")
                await game.gm.take("announcement")
            assert closed["slow_consumer"] == 1, "nobody was cut"
            await healthy.plays_on()
            slow.socket.transport.resume_reading()
            assert await slow.close_code() == 4008

    run(scenario())


@pytest.mark.slow
def test_a_client_that_never_reads_is_cut_even_when_little_waits_for_it(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SLOW_CONSUMER_S", 0.2)
    monkeypatch.setattr(connection, "CLOSE_S", 0.2)

    async def scenario() -> None:
        async with healthy_game(db) as (game, server, healthy):
            slow = await joined_and_deaf(server, game)
            connections = server.app.core.counters.connections_open
            await fill_socket(game, server)
            assert waiting_bytes(deaf_side(server)) < OUTBOX_BYTES_MAX
            closed = server.app.core.counters.closed
            await until(lambda: closed["slow_consumer"] == 1)
            await until(lambda: server.app.core.counters.connections_open < connections)
            await healthy.plays_on()
            slow.vanish()

    run(scenario())


@pytest.mark.slow
def test_pings_without_end_from_a_client_that_never_reads_take_no_memory(
    db: Path,
) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (game, server, healthy):
            slow = await joined_and_deaf(server, game)
            side = deaf_side(server)
            ping = bytes((0x89, 0x80 | 125)) + bytes(4 + 125)
            closed = server.app.core.counters.closed
            for _ in range(4_000):
                if closed["slow_consumer"]:
                    break
                slow.socket.transport.write(ping * 100)
                await asyncio.sleep(0)
                assert waiting_bytes(side) < 256 * 1_024
            assert closed["slow_consumer"] == 1, "nobody was cut"
            await healthy.plays_on()

    run(scenario())


@pytest.mark.slow
def test_a_client_that_never_reads_does_not_hold_up_the_stop(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CLOSE_S", 0.2)

    async def scenario() -> None:
        async with playing(db, SIMPLE) as (game, server):
            await joined_and_deaf(server, game)
            await fill_socket(game, server)
            async with asyncio.timeout(SLOW_CONSUMER_S / 2):
                await server.app.stop()

    run(scenario())


async def joined_and_deaf(server: InProcessServer, game: Game) -> Client:
    """A player who got the welcome and reads nothing after it."""
    slow = await connect_with_small_window(server)
    await slow.send({"t": "join", "code": game.codes["otters"], "name": "Slow"})
    await slow.take("welcome")
    slow.socket.transport.pause_reading()
    shrink_send_buffers(server)
    return slow


def deaf_side(server: InProcessServer) -> GatewayConnection:
    """The server's end of the deaf player's connection."""
    for one in server.app._gateway.connections.open:
        if one.session is not None and one.session.player == "slow":
            return one
    raise AssertionError("the deaf player is gone")


async def fill_socket(game: Game, server: InProcessServer) -> None:
    """Announce until the deaf player's socket takes no more, and something waits behind it."""
    side = deaf_side(server)
    while waiting_bytes(side) < OUTBOX_BYTES_MAX // 2:
        await game.gm.done("announce", text="🧭" * 990, to="all")


def waiting_bytes(side: GatewayConnection) -> int:
    """What waits in the server for one client, beside what the kernel has taken."""
    outbox = side.session._outbox.waiting_bytes if side.session is not None else 0
    return int(side.transport.get_write_buffer_size()) + outbox


def shrink_send_buffers(server: InProcessServer) -> None:
    """The kernel would take megabytes before the server notices that nobody reads."""
    for one in server.app._gateway.connections.open:
        raw = one.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)


async def connect_with_small_window(server: InProcessServer) -> Client:
    """A client whose operating system takes hardly anything that it does not read."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", server.port))
    return await server.connect(sock=raw)
