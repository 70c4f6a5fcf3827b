"""Clients that never read cost the server little, not for long, and nobody else anything."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from msgspec import Struct

from actors.domain.hunt import ANNOUNCEMENTS_MAX
from server.connection import CLOSE_S, SLOW_CONSUMER_S
from server.gateway import SEND_BUFFER_BYTES
from tests.integration.clients import Message, run
from tests.integration.games import Game, location, plan
from tests.integration.harness import GM_TOKEN
from tests.proofs.ledger import Proof
from tests.proofs.phones import handshake, text
from tests.proofs.pulse import beating, percentile
from tests.proofs.servers import WatchedServer, has_files, open_hunt, worse

pytestmark = pytest.mark.proof

TEAMS = 10
PLACES = 400
PEERS = 200
HELD_BYTES_MAX = 262_144
"""What is promised: held in user space for one client that does not read."""

QUIET_PEERS = 20
"""Of another hunt, in which so little is said that no outbox overflows."""

VIEW_PLACE_BYTES = 240
"""Of one place in a team's view, about: name, state, points and the clue."""

ASKED = 1_000
"""Requests that each deaf player sends all the same; the answers are nobody else's."""

CLUE = "Under the third lamp from the ferry, count what the gulls have left of it. " * 2


class Outcome(Struct):
    """One run."""

    p99_s: float
    peak_bytes: int
    """Growth of the server's memory from before they came, while everything was pushed."""
    pushed_bytes: float
    """What a player's phone was to be shown."""
    cut: int
    """Connections that the server closed because nobody read."""
    left_over: int
    """Connections beyond those of healthy clients in the end."""
    quiet_s: float
    """Until those who had little waiting were gone."""


def deaf(port: int, opening: Message) -> socket.socket:
    """Connect with hardly any buffer, say the first message, and never read."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(20.0)
    sock.connect(("127.0.0.1", port))
    sock.sendall(handshake(port))
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += sock.recv(1)
    sock.sendall(text(opening))
    if opening["t"] == "join":
        sock.settimeout(1.0)
        with contextlib.suppress(TimeoutError):  # The server need not take what it cannot answer.
            sock.sendall(b"".join(text({"t": "dance", "n": n + 1}) for n in range(ASKED)))
    return sock


def deafs(port: int, openings: Sequence[Message]) -> list[socket.socket]:
    """Several of them."""
    return [deaf(port, opening) for opening in openings]


def openings(game: Game, peers: int) -> list[Message]:
    """Eight in ten are players, one in ten each a watcher and a game master."""
    codes = list(game.codes.values())
    found: list[Message] = []
    for index in range(peers):
        match index % 10:
            case 8:
                found.append({"t": "watch", "hunt": game.hunt})
            case 9:
                found.append({"t": "gm", "token": GM_TOKEN, "hunt": game.hunt})
            case _:
                code = codes[index % len(codes)]
                found.append({"t": "join", "code": code, "name": f"Deaf {index}"})
    return found


def big_hunt(hunt: str) -> Message:
    places = [location(f"place-{index}", clue=CLUE) for index in range(PLACES)]
    return plan(places, {"count": TEAMS, "size_max": 100}, hunt)


def is_after(round_: int, push: Message) -> bool:
    """Whether the team's view has that round's points in it."""
    return bool(push["team"]["score"] > round_)


async def push_everything(
    game: Game, rounds: int, server: WatchedServer, base: int
) -> tuple[int, float]:
    """Show every team's whole view again and again, and announce; the peak of memory, and bytes."""
    peak = server.rss_bytes() - base
    view_bytes = 0.0
    player = await game.join("team-1", "Reader")
    for round_ in range(rounds):
        asked = [
            game.gm.ask("adjust", team=f"team-{team + 1}", points=1, reason="again")
            for team in range(TEAMS)
        ]
        await asyncio.gather(*asked)
        if round_ % 2 == 0 and round_ < ANNOUNCEMENTS_MAX:
            await game.gm.done("announce", text=f"{round_} " + "🧭" * 990, to="all")
        push = await player.take("team", partial(is_after, round_))
        view_bytes += VIEW_PLACE_BYTES * len(push["team"]["locations"])
        player.inbox.clear()
        game.gm.inbox.clear()
        peak = max(peak, server.rss_bytes() - base)
    await player.leave()
    return peak, view_bytes


async def one_run(server: WatchedServer, peers: int, rounds: int, quiet_peers: int) -> Outcome:
    game = await open_hunt(server, big_hunt("loud"))
    quiet = await open_hunt(server, plan([location("pier")], {"count": 1}, "quiet"))
    async with beating(server.port, quiet.codes["team-1"]) as heart:
        base = server.rss_bytes()
        sockets = await asyncio.to_thread(deafs, server.port, openings(game, peers))
        await heart.latencies()
        peak, pushed = await push_everything(game, rounds, server, base)
        latencies = await heart.latencies()
        healthy = 1 + 2  # The pulse and two game masters.
        patience_s = SLOW_CONSUMER_S + 2 * CLOSE_S if quiet_peers else 1.0
        left = await server.connections(healthy, patience_s)
        quiet_s = await age(server, quiet, quiet_peers) if quiet_peers else 0.0
        cut = (await server.health())["closed"].get("slow_consumer", 0)
        for one in sockets:
            one.close()
    return Outcome(percentile(latencies, 0.99), peak, pushed, cut, left - healthy, quiet_s)


async def age(server: WatchedServer, game: Game, peers: int) -> float:
    """Fill the sockets of some watchers, and a little more: seconds until they are gone."""
    before = int((await server.health())["connections"])
    opening = {"t": "watch", "hunt": game.hunt}
    sockets = await asyncio.to_thread(deafs, server.port, [opening] * peers)
    await server.connections_reach(before + peers)
    for number in range(2 * SEND_BUFFER_BYTES // 4_096 + 10):
        await game.gm.done("announce", text=f"{number} " + "🧭" * 990, to="all")
        game.gm.inbox.clear()
    started = asyncio.get_running_loop().time()
    await server.connections(before, 3 * SLOW_CONSUMER_S)
    passed = asyncio.get_running_loop().time() - started
    for one in sockets:
        one.close()
    return passed


def test_t9_clients_that_never_read_cost_little_and_nobody_else(
    tmp_path: Path,
    proof: Proof,  # long: one experiment, three servers compared
) -> None:
    proof.claims(
        "T9 slow consumers",
        "clients that never read hold at most 256 KiB each, are cut off with 4008 within seconds,"
        " and others are answered as fast as before",
    )
    if not has_files(proof, 2 * PEERS + 200):
        return
    rounds = proof.size(ci=200, long=2_000)

    async def measured(name: str, peers: int, fault: str = "") -> Outcome:
        async with WatchedServer(tmp_path / f"{name}.db", fault) as server:
            if fault:
                return await one_run(server, peers, 100, 0)
            return await one_run(server, peers, rounds, QUIET_PEERS if peers else 0)

    async def scenario() -> None:
        alone = await measured("alone", 0)
        proof.progress("with slow peers")
        among = await measured("among", PEERS)
        proof.tried(PEERS + QUIET_PEERS)
        held = (among.peak_bytes - alone.peak_bytes) / PEERS
        ratio = worse(alone.p99_s, among.p99_s)
        proof.figure(
            f"{among.pushed_bytes / 1e6:.0f} MB pushed to each of {PEERS}; {held / 1024:.0f} KiB of"
            f" memory each; p99 {alone.p99_s * 1e3:.1f} -> {among.p99_s * 1e3:.1f} ms;"
            f" {among.cut} cut off with 4008; little waiting: gone after"
            f" {among.quiet_s:.1f} s"
        )
        proof.expect(held <= HELD_BYTES_MAX, f"{held:.0f} bytes are held for each slow peer")
        proof.expect(ratio < 10, f"p99 is {ratio:.1f} times that without slow peers")
        proof.expect(
            among.cut == PEERS + QUIET_PEERS, f"only {among.cut} were cut off as slow consumers"
        )
        proof.expect(among.left_over <= 0, f"{among.left_over} slow peers were not cut off")
        proof.expect(
            among.quiet_s <= SLOW_CONSUMER_S + CLOSE_S + 2,
            f"peers with little waiting were cut off after {among.quiet_s:.1f} s",
        )
        proof.progress("with an unbounded outbox")
        unbounded = await measured("unbounded", 50, "unbounded")
        proof.bites(
            "an outbox without a bound",
            unbounded.peak_bytes / 50 > HELD_BYTES_MAX and unbounded.left_over > 0,
        )

    run(scenario(), limit_s=proof.size(ci=300, long=1_800))
