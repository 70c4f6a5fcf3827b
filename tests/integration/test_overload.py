"""Too much at once: what floods or never reads is held back, and nobody else is."""

import asyncio
import socket
from pathlib import Path

import pytest

from actors.domain.events import TeamSpoke
from tests.integration.clients import Client, run
from tests.integration.games import healthy_game, write_at_once
from tests.integration.harness import InProcessServer
from tests.integration.states import read_journal

FLOOD = 300
"""Requests in one write: more than one connection may have without an answer."""


def test_a_flood_is_answered_busy_and_going_back_keeps_the_order(db: Path) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (game, _server, healthy):
            ada = await game.join("otters")
            says = [{"t": "say", "n": n, "text": str(n)} for n in range(1, FLOOD + 1)]
            write_at_once(ada, says)
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


def shrink_send_buffers(server: InProcessServer) -> None:
    """The kernel would take megabytes before the server notices that nobody reads."""
    listening = server.app._gateway._server
    assert listening is not None
    for connection in listening.connections:
        raw = connection.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)


async def connect_with_small_window(server: InProcessServer) -> Client:
    """A client whose operating system takes hardly anything that it does not read."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", server.port))
    return await server.connect(sock=raw)
