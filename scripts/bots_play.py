"""Bot teams at a running server: each a `Mind` behind a real client."""

import asyncio
import random
import time
from asyncio import FIRST_COMPLETED
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct

from actors.domain.plan import HuntPlan
from scripts.bots_mind import Mind, Traits
from server.client import CannotConnect, Client, ClientClosed, join
from server.protocol import JSON_SUBPROTOCOL

POSITION_INTERVAL_S = 5.0
"""Seconds between two positions of a team: what a page in somebody's hand sends."""

JOINING_MAX = 50
"""Bots that connect at the same time; more only makes each of them slower."""

SAVED_S = 2.0
"""Seconds that bots wait at the end for what is not saved yet."""

ANSWERS_MEASURED_MAX = 100_000
"""Answers whose time is kept: more do not change a percentile, but fill the memory."""

NAMES = ("Ada", "Bo", "Chandra", "Dilys", "Emre", "Freya", "Goro", "Hana", "Ines", "Jomo")

Seat = dict[str, str]
"""A team's `name` and join `code`."""


class Tally:
    """What all bots together did, counted as it happens."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.connected = 0
        self.requests = 0
        self.positions = 0
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.reconnects = 0
        self.unsaved = 0
        self.ended: list[str] = []
        """Why bots ended early, a sentence each."""
        self.answer_s: deque[float] = deque(maxlen=ANSWERS_MEASURED_MAX)
        """How long each of the newest answers took, in seconds."""

    def note(self, request: dict[str, Any], answer: dict[str, Any], took_s: float) -> None:
        """One request was answered."""
        self.requests += 1
        self.answer_s.append(took_s)
        if answer["t"] == "accepted":
            self.accepted[request["t"]] += 1
        else:
            self.refused[answer["reason"]] += 1

    def summary(self) -> dict[str, Any]:
        """Everything as plain values; times in milliseconds."""
        took = sorted(self.answer_s)
        return {
            "connected": self.connected,
            "seconds": round(time.monotonic() - self.started, 1),
            "requests": self.requests,
            "positions": self.positions,
            "accepted": dict(self.accepted),
            "refused": dict(self.refused),
            "unsaved": self.unsaved,
            "reconnects": self.reconnects,
            "answer_ms": {"p50": _share(took, 0.5), "p99": _share(took, 0.99)},
            "ended_early": self.ended,
        }


def _share(values: Sequence[float], share: float) -> float | None:
    """The value below which this share of sorted values lies, in thousandths; None of none."""
    return round(1_000 * values[int(share * (len(values) - 1))], 2) if values else None


class Pace(Struct, frozen=True):
    """How fast a bot acts."""

    actions_per_s: float
    """Actions of one team a second, on average."""


class Bot:
    """One team."""

    def __init__(
        self, server: str, seat: Seat, mind: Mind, pace: Pace, rng: random.Random, tally: Tally
    ) -> None:
        self._mind = mind
        self._pace = pace
        self._rng = rng
        self._tally = tally
        self._name = seat.get("name", seat["code"])
        opening = join(seat["code"], rng.choice(NAMES))
        self._client = Client(
            server, opening, subprotocol=JSON_SUBPROTOCOL, on_push=mind.see, rng=rng
        )

    async def connect(self) -> None:
        """Join.

        Raises:
            CannotConnect: the server is not there, or says no.
        """
        await self._client.start()
        self._tally.connected += 1

    async def play(self) -> None:
        """Play until there is nothing left to do, or the server ends it."""
        loop = asyncio.get_running_loop()
        walked_at = loop.time()
        act_at = walked_at + self._pause_s() * self._rng.random()  # Not all at the same moment.
        try:
            while not self._mind.is_done:
                await asyncio.sleep(min(act_at, walked_at + POSITION_INTERVAL_S) - loop.time())
                now = loop.time()
                self._walk(now - walked_at)
                walked_at = now
                if now >= act_at:
                    act_at = now + self._pause_s()
                    await self._act(now)
            await self._client.saved()
        except ClientClosed as error:
            if self._client.closed is not None:
                self._tally.ended.append(f"{self._name}: {error.message}")

    def _pause_s(self) -> float:
        return self._rng.uniform(0.5, 1.5) / self._pace.actions_per_s

    def _walk(self, seconds: float) -> None:
        position = self._mind.walk(seconds)
        if position is not None:
            self._client.send(position)
            self._tally.positions += 1

    async def _act(self, now: float) -> None:
        request = self._mind.act(now)
        if request is None:
            return
        try:
            answer = await self._client.request(request)
        except ClientClosed:
            if self._client.closed is not None:
                raise
            return  # The hunt was set up anew; the welcome of the new one tells the rest.
        finished = asyncio.get_running_loop().time()
        self._tally.note(request, answer, finished - now)
        self._mind.learn(request, answer, finished)

    async def leave(self) -> None:
        """Go, and say what was left open."""
        self._tally.unsaved += self._client.unsaved
        self._tally.reconnects += max(0, self._client.connections - 1)
        await self._client.close()

    async def settle(self) -> None:
        """Wait until everything is saved."""
        await self._client.saved()


class Game(Struct, frozen=True):
    """What bots need to play."""

    server: str
    plan: HuntPlan
    seats: Sequence[Seat]
    traits: Traits
    pace: Pace
    seed: int


async def play(game: Game, tally: Tally, stop: asyncio.Event, seconds: float | None) -> str:
    """Let all bots play; returns why it ended: `stopped`, `duration`, `done` or `closed`.

    Raises:
        CannotConnect: not one bot could join; why the first could not.
    """
    bots = [_bot(game, seat, tally) for seat in game.seats]
    whole = asyncio.create_task(_play_all(bots, tally))
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([whole, stopped], timeout=seconds, return_when=FIRST_COMPLETED)
        if whole.done():
            whole.result()  # A bot that failed fails the whole run.
            return "closed" if len(tally.ended) == len(bots) else "done"
        if stopped.done():
            return "stopped"
        await _settle(bots)
        return "duration"
    finally:
        for task in (whole, stopped):
            task.cancel()
        await asyncio.wait([whole, stopped])
        for bot in bots:
            await bot.leave()


async def _play_all(bots: Sequence[Bot], tally: Tally) -> None:
    playing = await _join(bots, tally)
    async with asyncio.TaskGroup() as games:
        for bot in playing:
            games.create_task(bot.play())


def _bot(game: Game, seat: Seat, tally: Tally) -> Bot:
    # Decisions and pauses draw from different sources: how long the server takes to answer must
    # not change what a team decides next.
    mind = Mind(game.plan, game.traits, random.Random(f"{game.seed}/mind/{seat['code']}"))
    rng = random.Random(f"{game.seed}/pace/{seat['code']}")
    return Bot(game.server, seat, mind, game.pace, rng, tally)


async def _join(bots: Sequence[Bot], tally: Tally) -> list[Bot]:
    gate = asyncio.Semaphore(JOINING_MAX)

    async def connect(bot: Bot) -> CannotConnect | None:
        async with gate:
            try:
                await bot.connect()
            except CannotConnect as error:
                return error
            return None

    outcomes = await asyncio.gather(*(connect(bot) for bot in bots))
    failures = [error for error in outcomes if error is not None]
    if len(failures) == len(bots) and failures:
        raise failures[0]
    tally.ended += [error.message for error in failures]
    return [bot for bot, error in zip(bots, outcomes, strict=True) if error is None]


async def _settle(bots: Sequence[Bot]) -> None:
    """Give the disk a moment, so that the summary is not about what is just under way."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SAVED_S):
            await asyncio.gather(*(bot.settle() for bot in bots), return_exceptions=True)
